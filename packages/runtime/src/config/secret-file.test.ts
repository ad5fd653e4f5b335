import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPublicFile, readSecretFile, SecretFileFault } from './secret-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'payout-secret-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function fileOfMode(mode: number): string {
  const path = join(folder, mode.toString(8))
  writeFileSync(path, 'geheim\n')
  chmodSync(path, mode)
  return path
}

describe('a secret in a file', () => {
  it.each([0o400, 0o600, 0o440, 0o640, 0o660])('MAPI-14: is read with mode %o: owner and group may', (mode) => {
    expect(readSecretFile(fileOfMode(mode))).toBe('geheim\n')
  })

  it.each([0o444, 0o644, 0o604, 0o602, 0o666, 0o777])(
    'MAPI-14: is refused with mode %o, and its text is not told',
    (mode) => {
      const read = () => readSecretFile(fileOfMode(mode))
      expect(read).toThrow(SecretFileFault)
      expect(read).toThrow(/everyone .* can (read|write)(.|\n)*chmod o-rw/)
      expect(read).not.toThrow(/geheim/)
    },
  )

  it('is said not to be there, or to be a folder', () => {
    expect(() => readSecretFile(join(folder, 'none'))).toThrow(/which is not there/)
    chmodSync(folder, 0o700)
    expect(() => readSecretFile(folder)).toThrow(/can't be read \(EISDIR\)/)
  })
})

it('a certificate may be read by everyone', () => {
  expect(readPublicFile(fileOfMode(0o644))).toBe('geheim\n')
  expect(() => readPublicFile(join(folder, 'none'))).toThrow(/which is not there/)
})
