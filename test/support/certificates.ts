import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** PEM files: a certificate authority of its own, and a certificate for a server with its key. */
export interface Certificates {
  ca: string
  certificate: string
  key: string
}

/**
 * Makes a certificate authority and a server certificate for these host names and addresses, with openssl, as files
 * in the folder (made if it does not exist). It is valid for so many days from now; with a negative number, it has expired. Each call makes a new authority: give each its own folder.
 */
export async function makeCertificates(folder: string, hosts: string[], days = 2): Promise<Certificates> {
  await mkdir(folder, { recursive: true })
  const at = (name: string) => join(folder, name)
  const names = hosts.map(host => `${isIP(host) ? 'IP' : 'DNS'}:${host}`).join(',')
  await writeFile(at('ca.cnf'), caConfiguration)
  await writeFile(at('extensions'), `subjectAltName=${names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-config', at('ca.cnf')]
  const authority = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Kuvert test authority', '-days', '2']
  await run('openssl', ['req', '-x509', ...newKey, ...authority])
  await run('openssl', ['req', '-new', ...newKey, '-keyout', at('key.pem'), '-out', at('request'), '-subj', '/CN=test'])
  const signed = ['-req', '-in', at('request'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial']
  await run('openssl', [
    'x509',
    ...signed,
    '-extfile',
    at('extensions'),
    '-days',
    String(days),
    '-out',
    at('certificate.pem'),
  ])
  return { ca: at('ca.pem'), certificate: at('certificate.pem'), key: at('key.pem') }
}

/** Makes a certificate for this host name that nobody but itself vouches for; the folder exists. */
export async function makeSelfSigned(folder: string, host: string): Promise<{ certificate: string; key: string }> {
  const made = { certificate: join(folder, 'self-signed.pem'), key: join(folder, 'self-signed.key') }
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', made.key]
  await run('openssl', ['req', '-x509', ...newKey, ...names, '-days', '2', '-out', made.certificate])
  return made
}

const caConfiguration = `[req]
distinguished_name = subject
x509_extensions = authority
[subject]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`
