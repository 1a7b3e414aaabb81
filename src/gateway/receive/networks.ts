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
