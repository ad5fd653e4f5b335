/** Certificates for one test run, made by OpenSSL and thrown away with their folder. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A certificate and its key, as files of PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** Key and certificate in one file, as Kafka takes a key store. */
  readonly store: string
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** An authority that signs itself, named `name`. */
export function authority(folder: string, name: string): Certificate {
  const files = filesOf(folder, name)
  openssl('req', '-x509', ...KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', files.key, '-out', files.cert)
  return files
}

/**
 * A certificate that `by` has signed.
 * @param names as OpenSSL takes them: `DNS:localhost,IP:127.0.0.1`
 * @param days for how long it holds from now; below 0 it holds no more
 */
export function certificate(folder: string, name: string, by: Certificate, names?: string, days = 2): Certificate {
  const files = filesOf(folder, name)
  const [request, extensions] = [join(folder, `${name}.csr`), join(folder, `${name}.ext`)]
  openssl('req', '-new', ...KEY, '-subj', `/CN=${name}`, '-keyout', files.key, '-out', request)
  writeFileSync(extensions, names === undefined ? 'basicConstraints=CA:FALSE\n' : `subjectAltName=${names}\n`)
  const signer = ['-CA', by.cert, '-CAkey', by.key, '-CAcreateserial', '-days', String(days), '-extfile', extensions]
  openssl('x509', '-req', '-in', request, ...signer, '-out', files.cert)
  writeFileSync(files.store, readFileSync(files.key, 'utf8') + readFileSync(files.cert, 'utf8'), { mode: 0o600 })
  return files
}

function filesOf(folder: string, name: string): Certificate {
  const file = (suffix: string) => join(folder, `${name.replaceAll(' ', '-')}.${suffix}`)
  return { cert: file('crt'), key: file('key'), store: file('pem') }
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
