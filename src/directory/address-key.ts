import ipaddr from 'ipaddr.js'

const ipv6Bits = 64

/** What failed logins of a client address are counted by: an IPv6 customer has a whole /64 to come from. */
export function addressKey(address: string): string {
  // `process` writes IPv4-mapped IPv6 addresses as IPv4.
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return `address:${parsed.toString()}`
  return `address:${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${ipv6Bits}`).toString()}/${ipv6Bits}`
}
