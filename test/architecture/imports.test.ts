import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { reaches, readSources, root, type SourceFile } from './sources.ts'

const files = await readSources('src')
const testFiles = await readSources('test')

const paths = ['gateway', 'courier', 'portal']

test('the sources are found and their imports are read', () => {
  const main = files.find(({ path }) => path === 'src/main.ts')
  expect(main?.imports).toContain('src/commands/explain-error.ts')
  expect(main?.imports, 'imports at run time count as well').toContain('src/commands/serve.ts')
})

test('nothing lies in the root of src but what is of all folders', () => {
  const inRoot = files.map(({ path }) => path).filter(path => /^src\/[^/]+$/.test(path))
  const known = ['dependencies', 'failure', 'main', 'model', 'roles']
  expect(inRoot).toEqual(known.map(name => `src/${name}.ts`))
})

test('files import their neighbours as ./name, and others as #folder/name', () => {
  const written = files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*'([#.][^']+)'/g)].map(([, name]) => ({ path, name: name! })),
  )
  const odd = written.filter(({ path, name }) =>
    name.startsWith('#') ? `src/${dirname(name.slice(1))}` === dirname(path) : !/^\.\/[^/]+$/.test(name),
  )
  expect(odd.filter(({ path }) => !path.startsWith('src/launch/'))).toEqual([])
})

test('steps never import each other', () => {
  const broken = edges(files).filter(([from, to]) => {
    const [stepFrom, stepTo] = [stepOf(from), stepOf(to)]
    return stepFrom !== undefined && stepTo !== undefined && stepFrom !== stepTo
  })
  expect(broken).toEqual([])
})

test('only the path function and what opens its folder import steps', () => {
  // What is sealed comes in by two doors, the gateway and the portal.
  const mayImport = /^src\/(?:(gateway|courier|upkeep|seal)\/[^/]+\.ts$|portal\/)/
  const outside = edges(files).filter(([from, to]) => {
    const step = stepOf(to)
    return step !== undefined && stepOf(from) !== step && !mayImport.test(from)
  })
  // What explains and demonstrates a path looks into it from the outside.
  expect(outside.filter(([from]) => !/^src\/(commands|demo)\//.test(from))).toEqual([])
})

test('of the gateway, commands know the connection and the data, and neither of these knows the commands', () => {
  const order = ['accept', 'data', 'commands']
  const rank = (path: string) => order.indexOf(/^src\/gateway\/([^/]+)\//.exec(path)?.[1] ?? '')
  const upwards = edges(files).filter(([from, to]) => rank(from) !== -1 && rank(to) > rank(from))
  expect(upwards).toEqual([])
})

test('a journey of the portal imports what they share, and never another journey', () => {
  const journeys = ['login', 'open', 'fetch', 'write', 'sent', 'received', 'account']
  const shared = ['pages', 'server', 'options', 'view', 'recipients']
  const folder = (path: string) => /^src\/portal\/([^/]+)\//.exec(path)?.[1] ?? ''
  const broken = edges(files).filter(([from, to]) => {
    const [one, other] = [folder(from), folder(to)]
    if (one === '' || other === '' || one === other || shared.includes(other)) return false
    // Whoever asks who somebody is and what they may open does not walk the way there again.
    const isAuthorisation = /^src\/portal\/open\/(?:authorise-|decide-access)/.test(to)
    if (journeys.includes(one) && (other === 'login' || isAuthorisation)) return false
    // Suggestions of recipients are for who is logged in.
    if (one === 'recipients' && other === 'login') return false
    // The button of a file stands on the page of its message, which comes back with what is left.
    return !(one === 'fetch' && other === 'open')
  })
  expect(broken).toEqual([])
})

test('what a journey says lies in its words.ts, and what several say in pages/', () => {
  const saying = files.filter(({ path, text }) => path.startsWith('src/portal/') && /\bconst swedish\b/.test(text))
  const elsewhere = saying.map(({ path }) => path).filter(path => !/\/words\.ts$|^src\/portal\/pages\//.test(path))
  expect(elsewhere).toEqual([])
})

test('no folders import each other in a circle', () => {
  const split = ['gateway', 'courier', 'portal', 'seal']
  const folder = (path: string) => {
    const [, top = '', inner = ''] = path.split('/')
    return split.includes(top) && !inner.endsWith('.ts') ? `${top}/${inner}` : top
  }
  const graph = new Map<string, Set<string>>()
  for (const [from, to] of edges(files)) {
    const [one, other] = [folder(from), folder(to)]
    if (one !== other) graph.set(one, (graph.get(one) ?? new Set()).add(other))
  }
  expect([...graph.keys()].filter(start => reaches(graph, start, start))).toEqual([])
})

test('no files import each other in a circle', () => {
  const graph = new Map(files.map(({ path, imports }) => [path, new Set(imports)]))
  expect([...graph.keys()].filter(path => reaches(graph, path, path))).toEqual([])
})

test('gateway, courier and portal never import each other', () => {
  const broken = edges(files).filter(([from, to]) => {
    const [one, other] = [folderOf(from), folderOf(to)]
    return paths.includes(one) && paths.includes(other) && one !== other
  })
  expect(broken).toEqual([])
})

test('the shared parts know nothing of the paths that use them', () => {
  const data = ['crypto', 'database', 'directory', 'mail', 'next-hop', 'objects', 'observe']
  const shared = [...data, 'options', 'settings', 'texts']
  const broken = edges(files).filter(
    ([from, to]) => shared.includes(folderOf(from)) && [...paths, 'seal', 'upkeep', 'commands'].includes(folderOf(to)),
  )
  expect(broken).toEqual([])
})

test('whoever seals calls the one door, and only that and its thread know the steps', () => {
  const isPublic = /^src\/seal\/(?:seal-mail|seal-thread|addressees|local-dispatch)\.ts$/
  const isInside = /^src\/seal\/(?:(?:split|plan|store)\/[^/]+|plan-mail|commit)\.ts$/
  const mayKnowInside = /^src\/seal\/(?:seal-mail|seal-thread|plan-mail)\.ts$/
  const toSeal = edges(files).filter(([, to]) => folderOf(to) === 'seal')
  expect(toSeal.filter(([from, to]) => folderOf(from) !== 'seal' && !isPublic.test(to))).toEqual([])
  const known = toSeal.filter(
    ([from, to]) => isInside.test(to) && (stepOf(to) === undefined || stepOf(from) !== stepOf(to)),
  )
  expect(known.filter(([from]) => !mayKnowInside.test(from))).toEqual([])
})

test('a message is written at one place', () => {
  const writing = edges(files).filter(([, to]) => to === 'src/database/write-message.ts')
  expect(writing).toEqual([['src/seal/commit.ts', 'src/database/write-message.ts']])
  const inserting = files.filter(({ text }) => /\binsert into messages\b/.test(text)).map(({ path }) => path)
  expect(inserting).toEqual(['src/database/messages.ts'])
})

test('sealing knows neither of the doors that mail comes in by', () => {
  const broken = edges(files).filter(
    ([from, to]) => folderOf(from) === 'seal' && [...paths, 'commands'].includes(folderOf(to)),
  )
  expect(broken).toEqual([])
})

test('model.ts imports nothing, and nothing imports from the tests', () => {
  expect(files.find(({ path }) => path === 'src/model.ts')?.imports).toEqual([])
  expect(edges(files).filter(([, to]) => !to.startsWith('src/'))).toEqual([])
})

test('the environment is read by the settings only', () => {
  // Passing it on to a child process, whole, is not reading it.
  const reading = files.filter(({ text }) => /\bprocess\.env\b/.test(text.replaceAll('...process.env,', '')))
  expect(reading.map(({ path }) => path).filter(path => !/^src\/(settings\/|main\.ts$)/.test(path))).toEqual([])
})

test('the map of the code names each folder', async () => {
  const page = await readFile(join(root, 'docs/architecture.md'), 'utf8')
  const map = page.slice(page.indexOf('## Where things are'), page.indexOf('## Rules'))
  const folders = new Set(files.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []))
  const journeys = new Set(files.flatMap(({ path }) => /^src\/portal\/([^/]+)\//.exec(path)?.[1] ?? []))
  expect([...folders].filter(folder => !map.includes(`src/${folder}/`))).toEqual([])
  expect([...journeys].filter(folder => !new RegExp(`[/\x60]${folder}/\x60`).test(map))).toEqual([])
  const named = [...map.matchAll(/`src\/([\w-]+)\//g)].map(([, folder]) => folder!)
  expect(named.filter(folder => !folders.has(folder))).toEqual([])
})

test('no file is longer than 300 lines', () => {
  const lengths = [...files, ...testFiles].map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
  expect(lengths.filter(({ lines }) => lines > 300)).toEqual([])
})

test('tests import from test/support and from their own folder, never from the folder of other tests', () => {
  const folder = (path: string) => path.split('/')[1]
  const broken = edges(testFiles).filter(
    ([from, to]) => to.startsWith('test/') && folder(to) !== folder(from) && folder(to) !== 'support',
  )
  // An independent reader is given the mails of all clients as well.
  expect(broken).toEqual([['test/oracle/shapes.test.ts', 'test/clients/copies.ts']])
})

test('nothing is exported by default, and no file re-exports others', () => {
  expect(files.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([])
  expect(files.filter(({ text }) => /^export (\*|\{[^}]*\} from)/m.test(text)).map(({ path }) => path)).toEqual([])
})

test('folders and files are called by what they do', () => {
  const vague = /(^|[/-])(utils?|helpers?|manager|service|common|misc|index)([.-]|\/|$)/
  expect(files.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([])
})

function edges(sources: SourceFile[]): [from: string, to: string][] {
  return sources.flatMap(({ path, imports }) => imports.map((to): [string, string] => [path, to]))
}

/** `seal` of src/seal/plan/plan.ts. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? ''
}

/**
 * `seal/plan` of src/seal/plan/plan.ts; undefined outside of gateway, courier, sealing and upkeep, for their own files,
 * and for the conversation with a client, whose three folders have an order.
 */
function stepOf(path: string): string | undefined {
  const step = /^src\/((?:gateway|courier|upkeep|seal)\/[^/]+)\//.exec(path)?.[1]
  return step && !/^gateway\/(?:accept|data|commands)$/.test(step) ? step : undefined
}
