import { checkFiles } from './check-files.ts'
import { checkListeners, checkNetworks, isHost, isLoopback } from './check-networks.ts'
import type { Finding } from './mistake.ts'
import type { Settings } from './schema.ts'

/** What is wrong with settings that each are well formed: between them, and with the files and folders they name. */
export async function checkSettings(settings: Settings): Promise<Finding[]> {
  return [
    ...checkNames(settings),
    ...checkNextHopNames(settings),
    ...checkNetworks(settings),
    ...checkListeners(settings),
    ...checkTlsListeners(settings),
    ...checkPlainText(settings),
    ...checkNextHopLogin(settings),
    ...checkKeys(settings),
    ...checkClassify(settings),
    ...checkTimes(settings),
    ...(await checkFiles(settings)),
  ]
}

function checkNames({ gateway, courier }: Settings): Finding[] {
  const findings: Finding[] = []
  if (!isHost(gateway.hostname)) findings.push({ path: ['gateway', 'hostname'], sentence: 'is not a host name' })
  const from = courier.notificationsFrom
  if (from !== undefined && !/^[^\s<>@]+@[^\s<>@]+$/.test(from)) {
    findings.push({
      path: ['courier', 'notificationsFrom'],
      sentence: 'must be a bare address, such as kuvert@example.org',
    })
  }
  return findings
}

function checkNextHopNames({ nextHop }: Settings): Finding[] {
  if (nextHop.kind !== 'smtp') return []
  const sentence = 'must be a host name or an address, without a port'
  const all = [nextHop.host, ...nextHop.fallbackHosts]
  return all.flatMap((host, index): Finding[] => {
    const path = index === 0 ? ['nextHop', 'host'] : ['nextHop', 'fallbackHosts', index - 1]
    if (!isHost(host)) return [{ path, sentence }]
    const isRepeated = all.slice(0, index).some(other => other.toLowerCase() === host.toLowerCase())
    return isRepeated ? [{ path, sentence: 'is named before; leave it out' }] : []
  })
}

function checkTlsListeners({ gateway }: Settings): Finding[] {
  return gateway.listeners.flatMap(({ tls }, index) =>
    tls === 'implicit' && !gateway.tls
      ? [
          {
            path: ['gateway', 'listeners', index, 'tls'],
            sentence: 'needs a certificate: give gateway.tls',
            dependsOn: [['gateway', 'tls']],
          },
        ]
      : [],
  )
}

/** Passwords and links must not cross the net in clear. */
function checkPlainText({ portal, directory }: Settings): Finding[] {
  const url = new URL(portal.url)
  const findings: Finding[] = []
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    findings.push({
      path: ['portal', 'url'],
      sentence: 'must begin with https://, since passwords and links would otherwise cross the net in clear',
    })
  }
  if (url.search || url.hash || url.username || url.password) {
    findings.push({
      path: ['portal', 'url'],
      sentence: 'must be without user, ? and #: links are made by adding to it',
    })
  }
  if (directory.kind !== 'file' && !directory.startTls) {
    for (const [index, text] of directory.urls.entries()) {
      const server = new URL(text)
      if (server.protocol !== 'ldap:' || isLoopback(server.hostname)) continue
      findings.push({
        path: ['directory', 'urls', index],
        sentence: 'passwords would cross the net in clear: use ldaps://, or startTls: true',
        dependsOn: [['directory', 'startTls']],
      })
    }
  }
  return findings
}

function checkNextHopLogin({ nextHop }: Settings): Finding[] {
  if (nextHop.kind !== 'smtp') return []
  const { user, password, tls, host, fallbackHosts } = nextHop
  if (user !== undefined && password === undefined) {
    return [{ path: ['nextHop', 'password'], sentence: 'must be given, since nextHop.user is' }]
  }
  if (user === undefined && password !== undefined) {
    return [{ path: ['nextHop', 'user'], sentence: 'must be given, since nextHop.password is' }]
  }
  if (
    user !== undefined &&
    (tls === 'none' || tls === 'opportunistic') &&
    ![host, ...fallbackHosts].every(isLoopback)
  ) {
    const sentence = 'the password could cross the net in clear: use required, verified or implicit'
    return [{ path: ['nextHop', 'tls'], sentence }]
  }
  return []
}

function checkKeys({ keys }: Settings): Finding[] {
  return (['master', 'link'] as const).flatMap(kind =>
    keys[kind].flatMap(({ id, secret }, index) => {
      const findings: Finding[] = []
      const path = ['keys', kind, index]
      if (!is32Bytes(secret)) findings.push({ path: [...path, 'secret'], sentence: keySentence })
      if (keys[kind].findIndex(other => other.id === id) < index) {
        const sentence = 'another key has this id; a message could then not find its key'
        findings.push({ path: [...path, 'id'], sentence })
      }
      return findings
    }),
  )
}

const keySentence = 'must be 32 random bytes in base64; kuvert make-keys makes them'

function is32Bytes(text: string): boolean {
  return /^[A-Za-z\d+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === 32
}

function checkClassify({ classify }: Settings): Finding[] {
  const findings = classify.rules.flatMap((rule, index): Finding[] => {
    const path = ['classify', 'rules', index]
    const { header, sender, recipient, largerThan } = rule
    if (!header && sender === undefined && recipient === undefined && largerThan === undefined) {
      return [{ path, sentence: 'must name a header, sender, recipient or largerThan: it would mark every mail' }]
    }
    const why = header && whyNoPattern(header.pattern)
    return why ? [{ path: [...path, 'header', 'pattern'], sentence: `is no regular expression: ${why}` }] : []
  })
  const longest = classify.expiresAtMostDays
  if ((classify.defaults.expiresDays ?? 0) > longest) {
    findings.push({
      path: ['classify', 'defaults', 'expiresDays'],
      sentence: `is longer than classify.expiresAtMostDays, which is ${longest}`,
      dependsOn: [['classify', 'expiresAtMostDays']],
    })
  }
  return findings
}

/** Why a pattern does not compile; nothing where it does. */
function whyNoPattern(pattern: string): string | undefined {
  try {
    return void new RegExp(pattern, 'iu')
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, '')
  }
}

function checkTimes({ portal, gateway }: Settings): Finding[] {
  const findings: Finding[] = []
  if (portal.sessionIdleMinutes > portal.sessionHours * 60) {
    findings.push({
      path: ['portal', 'sessionIdleMinutes'],
      sentence: 'is longer than portal.sessionHours',
      dependsOn: [['portal', 'sessionHours']],
    })
  }
  if (gateway.limits.connectionsPerAddress > gateway.limits.connections) {
    findings.push({
      path: ['gateway', 'limits', 'connectionsPerAddress'],
      sentence: 'is more than gateway.limits.connections',
      dependsOn: [['gateway', 'limits', 'connections']],
    })
  }
  return findings
}
