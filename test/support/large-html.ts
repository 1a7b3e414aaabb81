/** HTML that parsers of HTML take long for, of about so many bytes. */
export const largeHtml: Record<string, (bytes: number) => string> = {
  images: bytes => '<img src="data:image/png;base64,AAAA">'.repeat(bytes / 38),
  'nested tags': bytes => '<div>'.repeat(bytes / 5),
  'nested tags of two kinds': bytes => '<b><i>'.repeat(bytes / 6),
  'the cells of a row': bytes => `<table><tr>${'<td>'.repeat(bytes / 4)}`,
  'ends of paragraphs that never began': bytes => '</p>'.repeat(bytes / 4),
  'a style of many rules': bytes => `<p style="${'a:b;'.repeat(bytes / 4)}">x</p>`,
  'letters that need escapes': bytes => '& '.repeat(bytes / 2),
}

/** As many tags as are read at all, each with a style to be read: more than a second's work. */
export const slowestHtml = '<td style="color:red;margin:0">'.repeat(29_900)

/** A mail of a type. */
export function mailOf(type: string, content: string): Buffer {
  return Buffer.from(
    `MIME-Version: 1.0\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${content}\r\n`,
  )
}
