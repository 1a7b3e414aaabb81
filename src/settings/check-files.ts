import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Finding } from './mistake.ts'
import type { Settings } from './schema.ts'

type Path = readonly PropertyKey[]

/** Files that must be there and fit, folders that must be writable. */
export async function checkFiles(settings: Settings): Promise<Finding[]> {
  const { gateway, portal, nextHop, directory, objects } = settings
  const findings = await Promise.all([
    gateway.tls ? checkTls(['gateway', 'tls'], gateway.tls) : [],
    portal.tls ? checkTls(['portal', 'tls'], portal.tls) : [],
    checkReadable(['portal', 'logo'], portal.logo),
    nextHop.kind === 'smtp' ? checkCertificates(['nextHop', 'ca'], nextHop.ca) : [],
    directory.kind !== 'file' ? checkCertificates(['directory', 'ca'], directory.ca) : [],
    directory.kind === 'file' ? checkReadable(['directory', 'path'], directory.path) : [],
    checkFolder(['dataFolder'], settings.dataFolder),
    checkFolder(['gateway', 'scratchFolder'], gateway.scratchFolder),
    nextHop.kind === 'maildir' ? checkFolder(['nextHop', 'path'], nextHop.path) : [],
    objects.kind === 'folder' ? checkFolder(['objects', 'path'], objects.path) : [],
  ])
  return findings.flat()
}

async function checkTls(path: Path, files: { certificate: string; key: string }): Promise<Finding[]> {
  const certificatePath = [...path, 'certificate']
  const keyPath = [...path, 'key']
  const [certificateText, keyText] = await Promise.all([readText(files.certificate), readText(files.key)])
  const certificate = attempt(() => new X509Certificate(certificateText.text ?? ''))
  const key = attempt(() => createPrivateKey(keyText.text ?? ''))
  const findings: Finding[] = []
  if (certificateText.problem) findings.push({ path: certificatePath, sentence: certificateText.problem })
  else if (!certificate) findings.push({ path: certificatePath, sentence: 'there is no PEM certificate in this file' })
  if (keyText.problem) findings.push({ path: keyPath, sentence: keyText.problem })
  else if (!key)
    findings.push({ path: keyPath, sentence: 'there is no PEM private key without a passphrase in this file' })
  if (certificate && key && !matches(certificate, key)) {
    findings.push({ path: keyPath, sentence: `this key does not belong to the certificate in ${files.certificate}` })
  }
  return findings
}

function matches(certificate: X509Certificate, key: KeyObject): boolean {
  return attempt(() => certificate.checkPrivateKey(key)) ?? false
}

async function checkCertificates(path: Path, file: string | undefined): Promise<Finding[]> {
  if (file === undefined) return []
  const { text, problem } = await readText(file)
  if (problem) return [{ path, sentence: problem }]
  if (attempt(() => new X509Certificate(text ?? ''))) return []
  return [{ path, sentence: 'there is no PEM certificate in this file' }]
}

async function checkReadable(path: Path, file: string | undefined): Promise<Finding[]> {
  if (file === undefined) return []
  const { problem } = await readText(file)
  return problem ? [{ path, sentence: problem }] : []
}

/** A folder may be missing, but then the nearest one above it must be writable. */
async function checkFolder(path: Path, folder: string | undefined): Promise<Finding[]> {
  if (folder === undefined) return []
  for (let above = resolve(folder); ; above = dirname(above)) {
    const kind = await stat(above).then(
      found => (found.isDirectory() ? 'folder' : 'file'),
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'missing' : 'closed'),
    )
    if (kind === 'missing' && above !== dirname(above)) continue
    if (kind === 'file') return [{ path, sentence: `${above} is a file, not a folder` }]
    const writable = kind === 'folder' && (await mayAccess(above, constants.W_OK | constants.X_OK))
    return writable ? [] : [{ path, sentence: `the user that runs Kuvert may not write in ${above}` }]
  }
}

function mayAccess(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  )
}

async function readText(file: string): Promise<{ text?: string; problem?: string }> {
  return readFile(file, 'utf8').then(
    text => ({ text }),
    (error: NodeJS.ErrnoException) => ({
      problem:
        error.code === 'ENOENT'
          ? 'there is no such file'
          : `the user that runs Kuvert cannot read this file (${error.code})`,
    }),
  )
}

/** What `work` returns, or undefined where it throws: for parsers that have no other way of saying no. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
