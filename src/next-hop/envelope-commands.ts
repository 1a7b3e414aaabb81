/**
 * `MAIL FROM:<address> parameters`. Addresses and parameters are written as they are. Throws an `Error` (our
 * bug) before anything is written when they could be read as more than one address or command.
 */
export function mailCommand(address: string, parameters: string[]): string {
  return envelopeCommand('MAIL FROM', address, parameters)
}

/** `RCPT TO:<address> parameters`; likewise. */
export function rcptCommand(address: string, parameters: string[]): string {
  return envelopeCommand('RCPT TO', address, parameters)
}

function envelopeCommand(verb: string, address: string, parameters: string[]): string {
  // RFC 5321 section 4.1.2: a quoted local part may hold anything printable, angle brackets too.
  const outsideQuotes = address.replace(/"(?:[^"\\]|\\.)*"/g, '')
  if (/[\r\n\0]/.test(address) || /[<>]/.test(outsideQuotes))
    throw new Error(`This address cannot be written: ${JSON.stringify(address)}`)
  for (const parameter of parameters) {
    if (/[\r\n\0 ]|^$/.test(parameter)) {
      throw new Error(`This parameter cannot be written: ${JSON.stringify(parameter)}`)
    }
  }
  return [`${verb}:<${address}>`, ...parameters].join(' ')
}
