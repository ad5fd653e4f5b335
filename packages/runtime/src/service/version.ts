import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The release that this is, `0.1.0`: all packages and services have the same. */
export function releaseVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'))
  return String(version)
}
