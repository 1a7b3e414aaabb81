import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '#platform/free-port.ts'
import { findServer } from '../../support/servers.ts'
import type { Peer } from './node-peer.ts'

const run = promisify(execFile)

/**
 * A Postfix of its own that relays everything to `sinkPort`, with its default queue on disk. What would hold it back
 * here, and says nothing about its speed, is out of the way; the rest is as it comes.
 */
export async function startBenchPostfix(sinkPort: number, milter?: string): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-bench-postfix-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const config = join(folder, 'config')
  for (const name of ['config', 'queue', 'data']) await mkdir(join(folder, name))
  await chown(join(folder, 'data'), Number((await run('id', ['-u', 'postfix'])).stdout), 0)
  await writeFile(join(config, 'main.cf'), mainCf(folder, sinkPort, milter))
  await writeFile(join(config, 'master.cf'), masterCf(port))
  const postfix = (command: string) => run(findServer('postfix') as string, ['-c', config, command])
  await postfix('start')
  const master = Number((await readFile(join(folder, 'queue', 'pid', 'master.pid'), 'utf8')).trim())
  return {
    port,
    pids: [master],
    stop: async () => {
      await postfix('abort')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function mainCf(folder: string, sinkPort: number, milter: string | undefined): string {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    `maillog_file = ${folder}/log`,
    `maillog_file_prefixes = ${folder}`,
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'myhostname = postfix.bench.example',
    'mydestination =',
    'alias_maps =',
    'alias_database =',
    'mynetworks = 127.0.0.0/8',
    `relayhost = [127.0.0.1]:${sinkPort}`,
    'smtp_tls_security_level = none',
    'smtpd_tls_security_level = none',
    // Names are not looked up: 127.0.0.1 has none that would help.
    'smtpd_peername_lookup = no',
    'smtp_host_lookup = native',
    'disable_dns_lookups = yes',
    // Any size.
    'message_size_limit = 0',
    'mailbox_size_limit = 0',
    // As many clients at once as come: the defaults are 100 processes, 50 from one address.
    'default_process_limit = 250',
    'smtpd_client_connection_count_limit = 0',
    'smtpd_client_event_limit_exceptions = static:all',
    // Under stress (all processes busy) it would shorten its timeouts and answer with pauses.
    'smtpd_error_sleep_time = 0',
    // By default it pauses a second where mail comes in faster than it leaves.
    'in_flow_delay = 0',
    // It begins with 5 and finds its way to 20, the default; here it may have 20 at once.
    'initial_destination_concurrency = 20',
    ...(milter === undefined
      ? []
      : [`smtpd_milters = ${milter}`, 'milter_default_action = tempfail', 'milter_content_timeout = 600s']),
    '',
  ].join('\n')
}

function masterCf(port: number): string {
  const services = [
    [`127.0.0.1:${port}`, 'inet', 'n', '-', '-', 'smtpd'],
    ['pickup', 'unix', 'n', '60', '1', 'pickup'],
    ['cleanup', 'unix', 'n', '-', '0', 'cleanup'],
    ['qmgr', 'unix', 'n', '300', '1', 'qmgr'],
    ['tlsmgr', 'unix', '-', '1000?', '1', 'tlsmgr'],
    ['rewrite', 'unix', '-', '-', '-', 'trivial-rewrite'],
    ['bounce', 'unix', '-', '-', '0', 'bounce'],
    ['defer', 'unix', '-', '-', '0', 'bounce'],
    ['trace', 'unix', '-', '-', '0', 'bounce'],
    ['verify', 'unix', '-', '-', '1', 'verify'],
    ['flush', 'unix', 'n', '1000?', '0', 'flush'],
    ['proxymap', 'unix', '-', '-', '-', 'proxymap'],
    ['smtp', 'unix', '-', '-', '-', 'smtp'],
    ['relay', 'unix', '-', '-', '-', 'smtp'],
    ['error', 'unix', '-', '-', '-', 'error'],
    ['retry', 'unix', '-', '-', '-', 'error'],
    ['anvil', 'unix', '-', '-', '1', 'anvil'],
    ['scache', 'unix', '-', '-', '1', 'scache'],
    ['postlog', 'unix-dgram', 'n', '-', '1', 'postlogd'],
  ]
  return services
    .map(([name, type, isPrivate, wakeUp, most, command]) =>
      [name, type, isPrivate, '-', 'n', wakeUp, most, command].join(' '),
    )
    .join('\n')
    .concat('\n')
}
