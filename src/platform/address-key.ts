import ipaddr from 'ipaddr.js'
import { readAddress } from './networks.ts'

const ipv6Bits = 64

/**
 * What a client is counted by, at every door: `address:192.0.2.1`, or the /64 of an IPv6 address, since a customer has all of
 * it. All clients whose address cannot be read are one.
 */
export function addressKey(address: string): string {
  const parsed = readAddress(address)
  if (!parsed) return 'address:unknown'
  if (!(parsed instanceof ipaddr.IPv6)) return `address:${parsed.toString()}`
  return `address:${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${ipv6Bits}`).toString()}/${ipv6Bits}`
}
