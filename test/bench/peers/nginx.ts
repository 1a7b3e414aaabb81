import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '#platform/free-port.ts'
import { findProgram } from '../../support/servers.ts'
import type { Peer } from './node-peer.ts'

/** Whether nginx is here. */
export function hasNginx(): boolean {
  return findProgram('nginx') !== undefined
}

/** An nginx of its own, with a worker for each core and sendfile, that serves what is put into `root`. */
export async function startNginx(): Promise<Peer & { root: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-bench-nginx-'))
  await chmod(folder, 0o755)
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${join(folder, name)};`,
  )
  await writeFile(
    config,
    `daemon off; pid ${folder}/pid; error_log stderr error; worker_processes auto;
     events { worker_connections 1024; }
     http { ${scratch.join(' ')} access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
       server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  )
  const child = spawn(findProgram('nginx') as string, ['-p', folder, '-c', config, '-e', 'stderr'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error('nginx did not start.')
    await pause(50)
  }
  return {
    port,
    pids: [child.pid!],
    root: folder,
    stop: async () => {
      child.kill()
      if (child.exitCode === null) await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
