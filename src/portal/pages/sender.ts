import { nameAndAddress } from '#texts/plain-words.ts'
import { html, type Html } from './html.ts'

/** The sender, with an address to write to where there is one. `senderName` is as `nameAndAddress` reads it. */
export function sender(senderName: string): Html {
  const { name, address } = nameAndAddress(senderName)
  if (address !== null) return html`<bdi>${name}</bdi> ${mailLink(address)}`
  return /^[^\s<>]+@[^\s<>]+$/.test(name) ? mailLink(name) : html`<bdi>${name}</bdi>`
}

function mailLink(address: string): Html {
  return html`<a href="mailto:${encodeURIComponent(address).replace('%40', '@')}"><bdi>${address}</bdi></a>`
}
