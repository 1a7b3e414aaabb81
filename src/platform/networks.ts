import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** With a port, IPv6 stands in brackets (RFC 3986), IPv4 does not. */
const withPort = /^(?:\[([^\]]*)\]|(\d+(?:\.\d+){3}))(?::\d{1,5})?$/

/**
 * An address as others write it: also with a port, in brackets or in quotes (RFC 7239). An IPv4-mapped IPv6 address is its IPv4
 * address. Null for what is no address.
 */
export function readAddress(text: string): Address | null {
  const plain = text.trim().replace(/^"(.*)"$/, '$1')
  const match = withPort.exec(plain)
  const address = match?.[1] ?? match?.[2] ?? plain
  return isIP(address) === 0 ? null : ipaddr.process(address)
}

/** A test for addresses in networks (`192.0.2.0/24`, `2001:db8::/32`, or a single address). */
export function networkTest(networks: string[]): (address: string) => boolean {
  const parsed = networks.map(network => (network.includes('/') ? ipaddr.parseCIDR(network) : single(network)))
  return address => {
    const client = readAddress(address)
    if (!client) return false
    return parsed.some(([base, bits]) => base.kind() === client.kind() && client.match(base as typeof client, bits))
  }
}

function single(address: string): [Address, number] {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}
