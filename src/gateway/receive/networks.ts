import ipaddr from 'ipaddr.js'

/** A test for addresses in networks (`192.0.2.0/24`, `2001:db8::/32`, or a single address). */
export function networkTest(networks: string[]): (address: string) => boolean {
  const parsed = networks.map(network => (network.includes('/') ? ipaddr.parseCIDR(network) : single(network)))
  return address => {
    if (!ipaddr.isValid(address)) return false
    const client = ipaddr.process(address)
    return parsed.some(([base, bits]) => base.kind() === client.kind() && client.match(base as typeof client, bits))
  }
}

function single(address: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const parsed = ipaddr.process(address)
  return [parsed, parsed.kind() === 'ipv4' ? 32 : 128]
}

/**
 * Under what a client is counted: an IPv4 address, or the /64 of an IPv6 address, since whoever has one of those
 * has all of it. What is no address is given back as it is.
 */
export function countedAs(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map(part => part.toString(16))
    .join(':')}::/64`
}
