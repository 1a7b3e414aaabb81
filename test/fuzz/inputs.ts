import { oddMails } from '../support/odd-mails.ts'
import { checkMail, type MailInput } from './check-mail.ts'
import { anySlot, checkSlot } from './check-slot.ts'
import { checkSubject, nearlySubject } from './check-subject.ts'
import { mutate } from './mutate.ts'
import { plantedMail } from './planted-mail.ts'
import { randomFrom } from '../support/random.ts'

/** Something to try, and what can be said of it. */
export interface Input {
  kind: 'whole mail' | 'spoiled mail' | 'odd mail' | 'subject' | 'slot'
  /** For whoever looks at it. */
  bytes: Buffer
  /** What is wrong, as sentences. */
  check(): Promise<string[]>
}

const odd = Object.values(oddMails)

/** The input with that number: always the same for the same seed, whatever came before. */
export function inputFor(seed: string, index: number): Input {
  const random = randomFrom(`${seed}/${index}`)
  const share = random.below(100)
  if (share < 15) {
    const text = nearlySubject(random)
    return { kind: 'subject', bytes: Buffer.from(text), check: async () => checkSubject(text) }
  }
  if (share < 25) {
    const slot = anySlot(random)
    return { kind: 'slot', bytes: Buffer.from(JSON.stringify(slot.facts, null, 2)), check: () => checkSlot(slot) }
  }
  const how = {
    private: random.chance(0.25),
    linkBlock: random.pick(['top', 'bottom'] as const),
    blockBytes: random.pick([1, 7, 100, 65_536]),
  }
  if (share < 30) {
    const none = { files: [], texts: [], names: [], hidden: [], isSigned: false }
    const input: MailInput = { ...how, bytes: mutate(random, random.pick(odd)), planted: none, isWhole: false }
    return { kind: 'odd mail', bytes: input.bytes, check: () => checkMail(input) }
  }
  const { bytes, ...planted } = plantedMail(random)
  const isWhole = share < 45
  const input: MailInput = { ...how, bytes: isWhole ? bytes : mutate(random, bytes), planted, isWhole }
  return { kind: isWhole ? 'whole mail' : 'spoiled mail', bytes: input.bytes, check: () => checkMail(input) }
}
