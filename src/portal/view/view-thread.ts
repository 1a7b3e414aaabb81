import { parentPort } from 'node:worker_threads'
import { carry } from '#observe/serialise-error.ts'
import { readText } from './read-text.ts'
import type { ViewAnswer, ViewRequest } from './views.ts'

// What runs in a thread that `openViews` starts: one mail at a time.
parentPort!.on('message', ({ mail, wanted }: ViewRequest) => {
  answer({ begun: true })
  readText(Buffer.from(mail.buffer, mail.byteOffset, mail.byteLength), wanted).then(
    read => answer({ read }),
    (error: unknown) => answer({ error: carry(error) }),
  )
})

function answer(message: ViewAnswer): void {
  parentPort!.postMessage(message)
}
