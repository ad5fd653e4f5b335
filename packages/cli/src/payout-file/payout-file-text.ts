import { readFileSync } from 'node:fs'
import { type FileCharset, textOfFile } from '@payout/mapi/return-file/file-charset'
import { charsetNamed } from '@payout/mapi/wire/charset'
import { PipelineError } from '@payout/schemas/error'
import { userPath } from '../arguments/user-path.ts'
import { UsageError } from '../terminal/errors.ts'

/**
 * The text of a file that a person wants paid.
 * @param encoding what the person says of it: `utf-8`, `gbk`, or another usual name of these; undefined where nothing
 *   was said
 * @throws UsageError when it can't be read, or its bytes contradict what was said; the message says what was found
 */
export function payoutFileText(path: string, encoding: string | undefined): string {
  const stated = encoding === undefined ? undefined : fileCharset(encoding)
  let bytes: Buffer
  try {
    bytes = readFileSync(userPath(path))
  } catch (error) {
    throw new UsageError(`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  try {
    return textOfFile(bytes, stated, 'say --encoding gbk')
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    throw new UsageError(`nothing of ${path} was sent: ${error.message}`)
  }
}

function fileCharset(encoding: string): FileCharset {
  const named = charsetNamed(encoding)
  if (named === undefined) throw new UsageError(`--encoding must be utf-8 or gbk, not ${encoding}`)
  return named === 'utf-8' ? named : 'gbk'
}
