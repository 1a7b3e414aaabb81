import parseAddresses from 'nodemailer/lib/addressparser'
import { fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
import type { Envelope } from '#model.ts'

/** An envelope for a mail that came without one, and where it is from. */
export interface GuessedEnvelope extends Envelope {
  recipientsFrom: 'asked' | 'header'
}

/** The sender is the one in From; recipients are those asked for, else those in To and Cc. */
export function guessEnvelope(fields: HeaderField[], to: string[]): GuessedEnvelope {
  const sender = addressesIn(fields, ['from'])[0] ?? ''
  const addresses = to.length > 0 ? to.map(bare) : [...new Set(addressesIn(fields, ['to', 'cc']))]
  const recipients = addresses.map(address => ({ address, parameters: [] }))
  return { sender, parameters: [], recipients, recipientsFrom: to.length > 0 ? 'asked' : 'header' }
}

function addressesIn(fields: HeaderField[], names: string[]): string[] {
  const texts = names.flatMap(name => fieldsNamed(fields, name).map(field => field.value))
  const found = texts.flatMap(text => parseAddresses(Buffer.from(text, 'latin1').toString(), { flatten: true }))
  return found.map(({ address }) => address).filter(address => address !== '')
}

/** `Bo <bo@example.net>` is copied from mail programs. */
function bare(address: string): string {
  return /<([^<>]+)>\s*$/.exec(address)?.[1] ?? address.trim()
}
