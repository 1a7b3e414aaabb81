import { z } from 'zod'
import type { Login } from '#model.ts'
import { inEach, type Words } from '#texts/words.ts'
import { off } from './flag.ts'
import type { Limit, OptionRecord, Spellings } from './option.ts'

const strictestFirst: Login[] = ['recipients', 'locals', 'none']
const level = z.enum(['recipients', 'locals', 'none'])

const recipients: Spellings = {
  en: ['recipients', 'recipient', 'recipients only', 'only recipients'],
  sv: ['mottagare', 'mottagarna']
    .concat(['endast mottagare', 'bara mottagare'])
    .concat(['endast mottagarna', 'bara mottagarna']),
}
const locals: Spellings = {
  en: ['locals', 'local', 'recipients + locals', 'recipients and locals', 'locals + recipients'],
  sv: ['lokala', 'mottagare + lokala', 'mottagare och lokala', 'lokala + mottagare'],
}
const nobody: Spellings = {
  en: ['open', 'no login', 'without login'],
  sv: ['öppen', 'öppet', 'utan inloggning', 'ingen inloggning'],
}
const words: Record<Login, Words> = {
  recipients: { en: 'recipients', sv: 'mottagare' },
  locals: { en: 'locals', sv: 'lokala' },
  none: { en: 'none', sv: 'ingen' },
}

/** Who may open a message. */
export const login = {
  keys: { en: ['login', 'auth'], sv: ['inloggning'] },
  phrases: [
    ['recipients', recipients],
    ['locals', locals],
    ['none', nobody],
  ],
  values: [
    ['recipients', recipients],
    ['locals', locals],
    ['none', nobody],
    ['none', { en: ['none'], sv: ['ingen'] }],
    ['none', off],
  ],
  read: null,
  readAlone: null,
  isFlag: false,
  say: who => words[who],
  hint: {
    en: 'Write login=recipients, login=locals or login=none.',
    sv: 'Skriv inloggning=mottagare, inloggning=lokala eller inloggning=ingen.',
  },
  example: { en: 'login=locals', sv: 'inloggning=lokala' },
  builtIn: () => 'recipients',
  setting: {
    name: 'login' as const,
    schema: level,
    description: 'Who may open.',
    example: 'recipients',
    valueOf: who => who,
  },
  bound: {
    name: 'login' as const,
    schema: z.array(level).min(1),
    description: 'The levels that may be chosen.',
    example: ['recipients'],
    add: allowedByBoth,
    within: nearestAllowed,
    problem: (who, allowed) => (allowed.includes(who) ? null : listOf(allowed)),
  },
  form: {
    kind: 'radios',
    label: { en: 'Who may open it?', sv: 'Vem får öppna?' },
    choices: {
      recipients: {
        label: { en: 'Login required – recipients only', sv: 'Inloggning krävs – bara mottagarna' },
        hint: {
          en: 'Whoever has an account at {organisation} logs in as on their computer. Others get a code by mail. Choose this for a colleague.',
          sv: 'Den som har konto hos {organisation} loggar in som på datorn. Andra får en kod till sin e-post. Välj detta för en kollega.',
        },
      },
      locals: {
        label: {
          en: 'Login required – recipients and others in the organisation',
          sv: 'Inloggning krävs – mottagarna och andra i organisationen',
        },
        hint: {
          en: 'Others with an account at {organisation} can open it as well if they have the link. Choose this for a shared mailbox.',
          sv: 'Även andra med konto hos {organisation} kan öppna, om de har länken. Välj detta för en delad postlåda.',
        },
      },
      none: {
        label: { en: 'No login required', sv: 'Ingen inloggning krävs' },
        hint: {
          en: 'Warning: everybody who gets hold of the link can open it, also when the mail is passed on. Consider limiting the downloads.',
          sv: 'Varning: alla som kommer åt länken kan öppna, också om mejlet skickas vidare. Begränsa gärna antalet hämtningar.',
        },
        isRisky: true,
      },
    } satisfies Record<Login, object>,
  },
  docs: {
    title: 'who may open',
    rows: [
      {
        means: 'the recipients (default)',
        en: ['login=recipients', 'auth=recipients', 'recipients', 'recipients only'],
        sv: ['inloggning=mottagare', 'mottagare', 'endast mottagare'],
      },
      {
        means: 'the recipients, and everybody with an account here',
        en: ['login=locals', 'locals', 'recipients + locals'],
        sv: ['inloggning=lokala', 'lokala', 'mottagare + lokala'],
      },
      {
        means: 'everybody who has a link',
        en: ['login=none', 'open', 'no login'],
        sv: ['inloggning=ingen', 'öppen', 'utan inloggning'],
      },
    ],
  },
} satisfies OptionRecord<Login, Login, Login[]>

/** The levels that both allow, the strictest first. If they have none in common: the strictest that either allows. */
function allowedByBoth(before: Limit<Login[]> | null, { value: allowed, by }: Limit<Login[]>): Limit<Login[]> {
  const levels = before?.value ?? strictestFirst
  const both = levels.filter(who => allowed.includes(who))
  if (both.length > 0) return { value: both, by }
  const either = strictestFirst.filter(who => levels.includes(who) || allowed.includes(who))
  return { value: either.slice(0, 1), by }
}

/** The nearest level that is as strict as the wanted one; the strictest that is allowed, if none is. */
function nearestAllowed(wanted: Login, allowed: Login[]): Login {
  if (allowed.includes(wanted)) return wanted
  const asStrict = strictestFirst.slice(0, strictestFirst.indexOf(wanted))
  return asStrict.findLast(who => allowed.includes(who)) ?? allowed[0]!
}

function listOf(allowed: Login[]): Words {
  const or = { en: ' or ', sv: ' eller ' }
  const key = { en: 'login', sv: 'inloggning' }
  return inEach(language => allowed.map(who => `${key[language]}=${words[who][language]}`).join(or[language]))
}
