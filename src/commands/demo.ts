import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { checkEverything, type Check } from '#demo/check.ts'
import { makeDemoMails, sendDemoMail, type DemoMail } from '#demo/demo-mails.ts'
import { demoPeople, demoSettings, writeDemoPeople } from '#demo/demo-settings.ts'
import { listMails, waitForMails, type DeliveredMail } from '#demo/outbox.ts'
import { freePort } from '#platform/free-port.ts'
import { openDependencies } from '#dependencies.ts'
import { roles } from '#model.ts'
import { startRoles } from '#roles.ts'
import { stopSignal } from './serve.ts'

/**
 * `kuvert demo`: starts Kuvert on embedded defaults, sends real mails through it, and stays up. With `check`, plays each
 * recipient instead, in a folder of its own that is removed afterwards, and returns 1 where anything is not as it must be.
 */
export async function runDemo(options: { check: boolean; dataFolder?: string }): Promise<number> {
  const dataFolder = options.check
    ? await mkdtemp(join(tmpdir(), 'kuvert-demo-'))
    : resolve(options.dataFolder ?? 'data')
  const settings = demoSettings(dataFolder, await choosePorts(options.check))
  await writeDemoPeople(dataFolder)
  console.log(`Starting Kuvert in ${options.check ? 'a folder of its own' : describe(dataFolder)} …`)
  const deps = await openDependencies(settings)
  const running = await startRoles(deps, roles)
  try {
    const maildir = join(dataFolder, 'outbox')
    const sent = await sendAll(running.addresses.smtp[0]!, maildir)
    if (options.check) return report(await checkEverything(sent))
    introduce(settings.portal.url, running.addresses.smtp[0]!, maildir, sent)
    await stopSignal()
    console.log('\nStopping …')
    return 0
  } finally {
    await running.close()
    await deps.close()
    if (options.check) await rm(dataFolder, { recursive: true, force: true })
  }
}

type Sent = Record<keyof ReturnType<typeof makeDemoMails>, { mail: DemoMail; copies: DeliveredMail[] }>

async function sendAll(smtpPort: number, maildir: string): Promise<Sent> {
  const sent = {} as Sent
  for (const [name, mail] of Object.entries(makeDemoMails()) as [keyof Sent, DemoMail][]) {
    const before = new Set(await listMails(maildir))
    await sendDemoMail(smtpPort, mail)
    sent[name] = { mail, copies: await waitForMails(maildir, before, mail.to.length) }
  }
  return sent
}

function introduce(portalUrl: string, smtpPort: number, maildir: string, sent: Sent): void {
  const say = (...lines: string[]) => console.log(lines.join('\n'))
  say('', `Kuvert is running. SMTP: 127.0.0.1:${smtpPort} (no login needed from this machine)   Portal: ${portalUrl}`)
  say('Anna has just sent three mails through it:')
  for (const { mail, copies } of Object.values(sent)) {
    say('', `  ${mail.title}`, `    Subject as written:  ${mail.subject}`)
    for (const copy of copies) {
      say(`    To ${copy.deliveredTo}:`)
      if (copy.link) say(`      link  ${copy.link}`)
      say(`      mail  ${describe(copy.path)}`)
    }
  }
  say(
    '',
    'Logins (user name / password):',
    ...demoPeople.map(person => `    ${person.id} / ${person.password}   ${person.name}, ${person.addresses[0]}`),
  )
  say('', 'What to try:')
  say('  - Open a link. Download a file more often than the mark allows.')
  say('  - Open the private one as bertil, then as anna, who is no recipient.')
  say(
    `  - Open the mails as their recipients see them: ${describe(maildir)} is a Maildir (for instance: mutt -f ${describe(maildir)}).`,
  )
  say(
    `  - Send your own: any mail client, server 127.0.0.1, port ${smtpPort}, no encryption, no login; subject "[secure] …" or "[säker] …".`,
  )
  say('  - Write [secrue] in a subject and read what the sender is told.')
  say('', 'Ctrl-C stops it; everything is kept for the next time.')
}

function report(checks: Check[]): number {
  for (const { what, passed, detail } of checks)
    console.log(`${passed ? '  ok    ' : '  FAILED'}  ${what}${detail && `  (${detail})`}`)
  const failed = checks.filter(check => !check.passed).length
  console.log(failed === 0 ? `All ${checks.length} checks passed.` : `${failed} of ${checks.length} checks FAILED.`)
  return failed === 0 ? 0 : 1
}

function describe(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : `./${short}`
}

/** The usual ports where they are free. */
async function choosePorts(anyPort: boolean): Promise<{ smtp: number; http: number }> {
  return { smtp: await freePort(anyPort ? undefined : 2525), http: await freePort(anyPort ? undefined : 8080) }
}
