/** Places in an HTML text, in units from its start. */
export interface HtmlPlaces {
  /** Behind the `<body>` tag, or as near to the start of the body as one can tell. */
  top: number
  /** Before the last `</body>`, else the last `</html>`, else the end. */
  bottom: number
}

type State =
  'text' | 'raw' | 'tag opens' | 'tag name' | 'attributes' | 'equals' | '"' | "'" | 'bare' | 'declaration' | 'comment'

/** Is told of each value of an attribute: lower-case names, and the value as it is written, cut off if it is long. */
export type SeeValue = (tag: string, attribute: string, value: string) => void

/** Where a reader of tags is, and what it has found. */
interface Reader {
  see: SeeValue
  state: State
  /** Of the unit after the last block. */
  offset: number
  tagStart: number
  /** Of the tag, with the slash of an end tag. In comments and raw text: the last characters that matter. */
  name: string
  /** Of the attribute, with a blank behind it once it has ended. */
  attribute: string
  value: string
  rawElement: string
  seen: Map<string, number>
}

/** Elements whose content is text up to their own end tag (HTML standard, section 13.2.5). */
const rawElements = ['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']
const maxNameCharacters = 20
const maxValueCharacters = 4096

/**
 * Finds the places in an HTML text that comes in blocks, one byte for each unit, and shows the attributes on the way.
 * Tags within comments, scripts, styles and attribute values are none.
 */
export function htmlPlaces(see: SeeValue = () => undefined): { write(units: Buffer): void; end(): HtmlPlaces } {
  const start = { state: 'text', offset: 0, tagStart: 0 } as const
  const reader: Reader = { see, ...start, name: '', attribute: '', value: '', rawElement: '', seen: new Map() }
  return {
    write: units => read(reader, units),
    end() {
      const { seen, offset } = reader
      const top = ['body', '/head', 'head', 'html', '!doctype'].find(tag => seen.has(tag))
      const place = top === undefined ? 0 : seen.get(top)!
      const ends = [seen.get('/body'), seen.get('/html')]
      return { top: place, bottom: ends.find(end => end !== undefined && end >= place) ?? offset }
    },
  }
}

function read(reader: Reader, units: Buffer): void {
  for (let at = 0; at < units.length; at += 1) {
    const awaited = awaitedCharacter(reader)
    if (awaited) {
      const found = units.indexOf(awaited, at)
      if (awaited !== '<') keepValue(reader, units.subarray(at, found === -1 ? units.length : found))
      if (found === -1) break
      at = found
    }
    steps[reader.state](reader, String.fromCharCode(units[at]!), reader.offset + at)
  }
  reader.offset += units.length
}

/** Where only one character matters, the rest is passed over fast: values may hold whole images. */
function awaitedCharacter({ state, name }: Reader): string | null {
  if (state === '"' || state === "'") return state
  return state === 'text' || (state === 'raw' && name === '') ? '<' : null
}

function keepValue(reader: Reader, units: Buffer): void {
  reader.value += units.toString('latin1', 0, maxValueCharacters - reader.value.length)
}

/** What a character means in each state. Those of quoted values and of text are only met by what ends them. */
const steps: Record<State, (reader: Reader, character: string, at: number) => void> = {
  text: openTag,
  '"': closeValue,
  "'": closeValue,
  raw: stepRaw,
  comment: stepComment,
  declaration: stepDeclaration,
  'tag opens'(reader, character, at) {
    reader.name = character.toLowerCase()
    if (character === '<') openTag(reader, character, at)
    else if (character === '!' || character === '?') reader.state = 'declaration'
    else reader.state = /[a-z/]/i.test(character) ? 'tag name' : 'text'
  },
  'tag name'(reader, character, at) {
    if (character === '>') endTag(reader, at)
    else if (/[\s/]/.test(character) && reader.name !== '/') reader.state = 'attributes'
    else if (reader.name.length < maxNameCharacters) reader.name += character.toLowerCase()
  },
  attributes(reader, character, at) {
    if (character === '>') endTag(reader, at)
    else if (character === '=') reader.state = 'equals'
    else nameAttribute(reader, character)
  },
  equals(reader, character, at) {
    if (character === '>') endTag(reader, at)
    else if (character === '"' || character === "'") reader.state = character
    else if (!/\s/.test(character)) {
      reader.state = 'bare'
      keepValue(reader, Buffer.from(character, 'latin1'))
    }
  },
  bare(reader, character, at) {
    if (character !== '>' && !/\s/.test(character)) return keepValue(reader, Buffer.from(character, 'latin1'))
    closeValue(reader)
    if (character === '>') endTag(reader, at)
  },
}

function openTag(reader: Reader, _: string, at: number): void {
  reader.tagStart = at
  reader.state = 'tag opens'
}

function closeValue(reader: Reader): void {
  reader.see(reader.name, reader.attribute.trim(), reader.value)
  reader.attribute = ''
  reader.value = ''
  reader.state = 'attributes'
}

/** Blanks may stand between a name and its equals sign; what follows them is otherwise another attribute. */
function nameAttribute(reader: Reader, character: string): void {
  const { attribute } = reader
  if (/[\s/]/.test(character))
    reader.attribute = attribute === '' || attribute.endsWith(' ') ? attribute : `${attribute} `
  else if (attribute.endsWith(' ')) reader.attribute = character.toLowerCase()
  else if (attribute.length < maxNameCharacters) reader.attribute += character.toLowerCase()
}

function stepDeclaration(reader: Reader, character: string, at: number): void {
  if (reader.name.length < maxNameCharacters) reader.name += character.toLowerCase()
  if (reader.name === '!--') reader.state = 'comment'
  else if (character === '>') {
    if (reader.name.startsWith('!doctype')) reader.seen.set('!doctype', at + 1)
    reader.state = 'text'
  }
}

/** `<!-->` is a whole comment. */
function stepComment(reader: Reader, character: string): void {
  if (character === '>' && /--!?$/.test(reader.name)) reader.state = 'text'
  reader.name = (reader.name + character).slice(-3)
}

/** The name holds what may become the end tag. */
function stepRaw(reader: Reader, character: string, at: number): void {
  const { name } = reader
  const wanted = `</${reader.rawElement}`
  if (character === '<') {
    reader.name = '<'
    reader.tagStart = at
  } else if (name === wanted && /[\s/>]/.test(character)) {
    reader.name = `/${reader.rawElement}`
    reader.state = 'attributes'
    if (character === '>') endTag(reader, at)
  } else {
    const continues = name !== '' && wanted[name.length] === character.toLowerCase()
    reader.name = continues ? name + character.toLowerCase() : ''
  }
}

function endTag(reader: Reader, at: number): void {
  const { name, seen } = reader
  reader.state = 'text'
  reader.attribute = ''
  if (name === '/body' || name === '/html') seen.set(name, reader.tagStart)
  else if (!seen.has(name) && ['body', 'head', '/head', 'html'].includes(name)) seen.set(name, at + 1)
  if (rawElements.includes(name)) {
    reader.rawElement = name
    reader.name = ''
    reader.state = 'raw'
  }
}
