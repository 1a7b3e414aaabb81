import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Finding } from './mistake.ts'
import type { Settings } from './schema.ts'

/** Networks this large are no list of machines that somebody runs. */
const shortestPrefix = { ipv4: 8, ipv6: 16 }

/** Lists of networks: those that may relay, and the proxies that are believed. */
export function checkNetworks({ gateway, portal }: Settings): Finding[] {
  const proxies = 'any client could then choose its own address'
  return [
    ...checkList(['gateway', 'trustedNetworks'], gateway.trustedNetworks, 'Kuvert would then be an open relay'),
    ...gateway.listeners.flatMap(({ proxyFrom }, index) =>
      checkList(['gateway', 'listeners', index, 'proxyFrom'], proxyFrom, proxies),
    ),
    ...checkList(['portal', 'trustProxy'], portal.trustProxy, proxies),
  ]
}

function checkList(path: readonly PropertyKey[], networks: readonly string[], consequence: string): Finding[] {
  return networks.flatMap((network, index) => {
    const sentence = checkNetwork(network, consequence)
    return sentence === undefined ? [] : [{ path: [...path, index], sentence }]
  })
}

function checkNetwork(text: string, consequence: string): string | undefined {
  const [address = '', prefixText, ...rest] = text.split('/')
  const version = isIP(address)
  const bits = version === 6 ? 128 : 32
  const prefix = prefixText === undefined ? bits : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : Number.NaN
  if (version === 0 || rest.length > 0 || !(prefix <= bits)) {
    return 'must be an address or a network, such as 192.0.2.0/24 or 2001:db8::/32'
  }
  const parsed = ipaddr.parse(address)
  const mapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()
  const tooLarge = mapped ? prefix - 96 < shortestPrefix.ipv4 : prefix < shortestPrefix[parsed.kind()]
  if (!tooLarge) return undefined
  const limit = `the largest allowed are /${shortestPrefix.ipv4} for IPv4 and /${shortestPrefix.ipv6} for IPv6`
  return `covers far too much: ${consequence}; ${limit}`
}

/** True for an address of this machine only, and for its name. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true
  return isIP(bare) !== 0 && ipaddr.process(bare).range() === 'loopback'
}

/** Listeners that would take each other's port, among the gateway's and the portal's. */
export function checkListeners({ gateway, portal }: Settings): Finding[] {
  const all = [
    ...gateway.listeners.map(({ address, port }, index) => ({ path: ['gateway', 'listeners', index], address, port })),
    { path: ['portal'], address: portal.address, port: portal.port },
  ]
  return all.flatMap(({ path, address, port }, index): Finding[] => {
    if (!isHost(address)) return [{ path: [...path, 'address'], sentence: 'must be an address or a host name' }]
    const other = all.slice(0, index).find(each => each.port === port && port !== 0 && overlap(each.address, address))
    if (!other) return []
    const name = other.path[0] === 'portal' ? 'the portal' : `listener ${Number(other.path.at(-1)) + 1} of the gateway`
    return [{ path: [...path, 'port'], sentence: `${name} already listens there`, dependsOn: [other.path] }]
  })
}

/** Whether two addresses to listen on have one in common; :: takes all of IPv4 as well. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map(address => address.toLowerCase().replace(/^localhost$/, '127.0.0.1'))
  return a === b || a === '::' || b === '::' || ([a, b].includes('0.0.0.0') && isIP(a!) !== 6 && isIP(b!) !== 6)
}

/** An IP address, or a host name of letters, digits and dashes (RFC 1123), also a single label. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true
  // Digits and dots only is an address with a slip in it.
  if (text.length > 253 || /^[\d.]+$/.test(text)) return false
  return text.split('.').every(label => /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i.test(label))
}
