import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findProgram } from '../../support/servers.ts'
import type { Peer } from './node-peer.ts'
import { startBenchPostfix } from './postfix.ts'

const run = promisify(execFile)
/** One for each mail that comes at once. They are started by the first mails, and stay. */
const workers = 4
const startSeconds = 30

/** MIMEDefang behind Postfix: what it has replaced is in `documents`. */
export interface MimeDefang extends Peer {
  documents: string
}

/**
 * A MIMEDefang of its own, as Debian packs it, behind a Postfix of its own that relays to `sinkPort`. Its filter does
 * nothing but replace the attachment by a link: no scanner, no spam filter. It neither syncs nor encrypts what it keeps.
 */
export async function startMimeDefang(sinkPort: number): Promise<MimeDefang> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-bench-defang-'))
  await chmod(folder, 0o755)
  const [spool, documents, filter] = ['spool', 'documents', 'filter'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const uid = Number((await run('id', ['-u', 'defang'])).stdout)
  const gid = Number((await run('id', ['-g', 'defang'])).stdout)
  for (const own of [spool, documents]) {
    await mkdir(own)
    await chown(own, uid, gid)
  }
  // The milter's socket is opened by Postfix, which is somebody else.
  await chmod(spool, 0o755)
  await writeFile(filter, filterText(documents))
  const multiplexerSocket = join(spool, 'multiplexer.sock')
  const milterSocket = join(spool, 'milter.sock')
  const common = ['-D', '-U', 'defang', '-z', spool]
  const pool = ['-m', String(workers), '-x', String(workers), '-w', '0', '-b', '600']
  const multiplexer = start('mimedefang-multiplexor', [...common, '-E', '-F', filter, '-s', multiplexerSocket, ...pool])
  const milter = start('mimedefang', [...common, '-m', multiplexerSocket, '-q', '-X', '-p', milterSocket])
  const stop = async () => {
    await Promise.all([endProcess(milter), endProcess(multiplexer)])
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await run(findProgram('mimedefang.pl') as string, ['-f', filter, '-test'])
    await untilThere(milterSocket)
    await chmod(milterSocket, 0o777)
    const postfix = await startBenchPostfix(sinkPort, `unix:${milterSocket}`)
    const pids = [...postfix.pids, multiplexer.pid!, milter.pid!]
    return { port: postfix.port, pids, documents, stop: () => postfix.stop().then(stop) }
  } catch (error) {
    await stop()
    throw error
  }
}

function filterText(documents: string): string {
  return `
sub filter {
  my($entity, $fname, $ext, $type) = @_;
  if ($fname ne "") {
    return action_replace_with_url($entity, "${documents}", "http://127.0.0.1/files",
      "The file is here:\\n\\t_URL_\\n");
  }
  return action_accept();
}
sub filter_multipart { return action_accept(); }
sub filter_end { }
1;
`
}

function start(program: string, args: string[]): ChildProcess {
  return spawn(findProgram(program) as string, args, { stdio: 'ignore' })
}

async function untilThere(path: string): Promise<void> {
  for (const end = Date.now() + startSeconds * 1000; !existsSync(path); await pause(50))
    if (Date.now() > end) throw new Error(`${path} was not made: MIMEDefang did not start.`)
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(late)
}

/** Empties a folder that a peer has written to. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
}
