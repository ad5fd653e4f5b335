import { readFileSync, statSync } from 'node:fs'
import { textOfFile } from '@payout/mapi/return-file/file-charset'
import { PipelineError } from '@payout/schemas/error'

/** A file that can't serve as a secret: `problem` is the rest of a sentence that begins with the setting's name. */
export class SecretFileFault extends Error {
  readonly problem: string
  readonly wayOut: string

  constructor(problem: string, wayOut: string) {
    super(`${problem}. ${wayOut}`)
    this.problem = problem
    this.wayOut = wayOut
  }
}

/**
 * The text of a file that holds a secret or a key. Its group may read it, as it is with secrets of containers; the
 * rest of the world may neither read nor write it (MAPI-14).
 * @throws SecretFileFault, which never repeats any of the text.
 */
export function readSecretFile(path: string): string {
  const { mode } = readable(path, () => statSync(path))
  if ((mode & 0o006) !== 0) {
    throw new SecretFileFault(
      `names ${path}, which everyone on this machine can ${(mode & 0o004) !== 0 ? 'read' : 'write'}`,
      `Take that away: chmod o-rw ${path} (for a secret of Kubernetes: defaultMode 0440)`,
    )
  }
  return readable(path, () => readFileSync(path, 'utf8'))
}

/**
 * The text of a file that is no secret: a certificate, the partners file. Not everyone may write it, and it must be
 * UTF-8; a byte order mark is left out.
 * @throws SecretFileFault
 */
export function readPublicFile(path: string): string {
  if ((readable(path, () => statSync(path)).mode & 0o002) !== 0) {
    throw new SecretFileFault(
      `names ${path}, which everyone on this machine can write`,
      `Take that away: chmod o-w ${path}`,
    )
  }
  const bytes = readable(path, () => readFileSync(path))
  try {
    return textOfFile(bytes, undefined, undefined)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    throw new SecretFileFault(
      `names ${path}, which must be UTF-8: ${error.message}`,
      'Put the same there in UTF-8; a certificate as PEM',
    )
  }
}

function readable<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT')
      throw new SecretFileFault(`names ${path}, which is not there`, 'Give the path of a file that is there')
    if (code === 'EACCES') {
      throw new SecretFileFault(
        `names ${path}, which this user may not read`,
        'Give the file to the user or the group of the service',
      )
    }
    throw new SecretFileFault(
      `names ${path}, which can't be read (${String(code)})`,
      'Give the path of a readable file',
    )
  }
}
