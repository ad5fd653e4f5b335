import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { EvidenceFolder } from './evidence-folder.ts'

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'evidence-'))
  onTestFinished(async () => rm(path, { recursive: true }))
  return path
}

const bytes = Buffer.from('what came')

describe('EvidenceFolder', () => {
  it('RFD-2: keeps bytes under the SHA-256 that OpenSSL computes, for its owner alone, in a folder that it makes', async () => {
    const folder = join(await temporary(), 'deep', 'evidence')
    const hash = await new EvidenceFolder(folder).keep(bytes)
    const openssl = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: bytes }).toString().split(' ')[0]
    expect(hash).toBe(openssl)
    expect(await readdir(folder)).toEqual([hash])
    expect(await readFile(join(folder, hash))).toEqual(bytes)
    expect((await stat(join(folder, hash))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it('keeps the same bytes once, also when they come at the same time', async () => {
    const folder = await temporary()
    const store = new EvidenceFolder(folder)
    const hashes = await Promise.all(Array.from({ length: 8 }, () => store.keep(bytes)))
    const before = await stat(join(folder, hashes[0] ?? ''))
    hashes.push(await store.keep(bytes))
    expect(new Set(hashes).size).toBe(1)
    expect(await readdir(folder)).toEqual([hashes[0]])
    expect((await stat(join(folder, hashes[0] ?? ''))).ino).toBe(before.ino)
  })

  it('puts right what stands there cut off', async () => {
    const folder = await temporary()
    const store = new EvidenceFolder(folder)
    const hash = await store.keep(bytes)
    await writeFile(join(folder, hash), 'what')
    await store.keep(bytes)
    expect(await readFile(join(folder, hash))).toEqual(bytes)
  })

  it('rejects where the folder is none, and leaves nothing behind', async () => {
    const folder = await temporary()
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(new EvidenceFolder(file).keep(bytes)).rejects.toThrow()
    await chmod(folder, 0o700)
    expect(await readdir(folder)).toEqual(['file'])
  })
})
