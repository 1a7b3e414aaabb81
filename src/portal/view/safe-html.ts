import sanitizeHtml from 'sanitize-html'

/** A sender's HTML, made harmless. */
export interface SafeHtml {
  html: string
  /** Whether images were left out: on other sites, whose fetching would tell others who reads what, or too many. */
  leftOut: boolean
  /** Content-IDs of the images that it shows. */
  used: string[]
}

/** Images of a mail, by their Content-ID. */
export type Pictures = Map<string, { mediaType: string; content: Buffer }>

/** Only images that no browser takes for a document: an SVG may hold scripts. */
const inlineImage = /^data:image\/(?:png|jpe?g|gif|webp|bmp);base64,/i

/** Of what a mail's own images take in its HTML, wherever they are shown. */
const maxPictureCharacters = 8 * 1024 * 1024
/** About the longest threads of mail. */
const maxCharacters = 1024 * 1024
/** The parser's time grows with the square of the tags that stand within each other. */
const maxTags = 30_000
/** Browsers lay out no more levels than 512; nobody writes more than this. */
const nestingLimit = 100

const tags = sanitizeHtml.defaults.allowedTags.concat('img', 'font', 'center', 'del', 'ins', 'strike', 'big', 'tt')
const attributes = ['style', 'align', 'valign', 'bgcolor', 'color', 'width', 'height', 'border', 'dir', 'lang', 'title']

/** Any function fetches, or may one day; these compute a colour or a length. */
const harmlessValue = /^(?:[^()\\]|\b(?:rgba?|hsla?|calc)\([^()\\]*\))*$/i
const sides = ['', '-top', '-right', '-bottom', '-left']
const styles = [
  'color background background-color opacity display visibility float clear direction',
  'font font-family font-size font-style font-variant font-weight line-height letter-spacing',
  'text-align text-decoration text-indent text-transform vertical-align white-space',
  'word-break word-wrap overflow-wrap list-style list-style-type table-layout',
  'width height max-width max-height min-width min-height',
  'border-collapse border-spacing border-color border-radius border-style border-width',
  ...sides.map(side => `margin${side} padding${side} border${side}`),
].flatMap(names => names.split(' '))
const allowedStyles = { '*': Object.fromEntries(styles.map(name => [name, [harmlessValue]])) }

/**
 * The HTML of a mail without scripts, forms, frames, style sheets, and anything that would be fetched from elsewhere; null
 * if it is too much. `pictures` are shown if it refers to them. It is shown in a sandbox of its own all the same (see
 * show-text): this is one of two fences. It may take a second: it is called in a thread of its own only.
 */
export function safeHtml(source: string, pictures: Pictures = new Map()): SafeHtml | null {
  if (isTooMuchHtml(source)) return null
  let leftOut = false
  let room = maxPictureCharacters
  const used = new Set<string>()
  const pictureAt = (src: string) => {
    const cid = /^cid:(.*)$/i.exec(src)?.[1] ?? ''
    const picture = pictures.get(cid)
    if (!picture) return src
    const data = `data:${picture.mediaType};base64,${picture.content.toString('base64')}`
    room -= data.length
    if (room < 0 || !inlineImage.test(data)) return src
    used.add(cid)
    return data
  }
  const html = sanitizeHtml(source, {
    allowedTags: tags,
    allowedAttributes: {
      '*': attributes,
      a: ['href', 'name', 'target', 'rel'],
      img: ['src', 'alt'],
      font: ['face', 'size'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan', 'scope'],
      table: ['cellpadding', 'cellspacing', 'role'],
      ol: ['start', 'type'],
    },
    allowedStyles,
    nestingLimit,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    transformTags: {
      a: sanitizeHtml.simpleTransform('a', { target: '_blank', rel: 'noopener noreferrer nofollow' }),
      img: (tagName, { src = '', ...attribs }) => ({ tagName, attribs: { ...attribs, src: pictureAt(src) } }),
    },
    exclusiveFilter: ({ tag, attribs }) => {
      if (tag !== 'img' || inlineImage.test(attribs['src'] ?? '')) return false
      leftOut = true
      return true
    },
  })
  return { html, leftOut, used: [...used] }
}

/** Whether HTML is too long, or has too many tags, to be read. The bytes of images within it count for nothing. */
function isTooMuchHtml(source: string): boolean {
  if (withoutData(source).length > maxCharacters) return true
  let count = 0
  for (let at = source.indexOf('<'); at !== -1 && count <= maxTags; at = source.indexOf('<', at + 1)) count += 1
  return count > maxTags
}

/** Images are passed over quickly. */
function withoutData(html: string): string {
  return html.replace(/data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=]+/g, '')
}
