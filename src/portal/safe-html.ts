import sanitizeHtml from 'sanitize-html'

/** A sender's HTML, made harmless. */
export interface SafeHtml {
  html: string
  /** Whether images on other sites were left out: fetching them would tell others who reads what. */
  remoteImages: boolean
}

/** Only images that no browser takes for a document: an SVG may hold scripts. */
const inlineImage = /^data:image\/(?:png|jpe?g|gif|webp|bmp);base64,/i

const tags = sanitizeHtml.defaults.allowedTags.concat('img', 'font', 'center', 'del', 'ins', 'strike', 'big', 'tt')
const attributes = ['style', 'align', 'valign', 'bgcolor', 'color', 'width', 'height', 'border', 'dir', 'lang', 'title']

/**
 * The HTML of a mail without scripts, forms, frames, style sheets, and anything that would be fetched from elsewhere. It is
 * shown in a sandbox of its own all the same (see show-text): this is one of two fences.
 */
export function safeHtml(source: string): SafeHtml {
  let remoteImages = false
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
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    transformTags: { a: sanitizeHtml.simpleTransform('a', { target: '_blank', rel: 'noopener noreferrer nofollow' }) },
    exclusiveFilter: ({ tag, attribs }) => {
      if (tag !== 'img' || inlineImage.test(attribs['src'] ?? '')) return false
      remoteImages = true
      return true
    },
  })
  return { html, remoteImages }
}
