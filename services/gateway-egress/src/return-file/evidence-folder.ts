import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Where what came is kept, by its hash. */
export interface EvidenceStore {
  /**
   * Resolves with the SHA-256 of the bytes, in hex, when they are safely stored under it.
   * @throws whatever went wrong: then they count as not kept.
   */
  keep(bytes: Buffer): Promise<string>
}

/**
 * A folder with one file for each content, named by its SHA-256. A file is there whole or not at all: it is written
 * under another name, brought to the disk and then renamed. The folder is made when it is first used, and only its
 * owner may look into it.
 */
export class EvidenceFolder implements EvidenceStore {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  async keep(bytes: Buffer): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const file = join(this.#path, hash)
    if ((await sizeOf(file)) === bytes.length) return hash
    await mkdir(this.#path, { recursive: true, mode: 0o700 })
    const unfinished = join(this.#path, `.${hash}.${randomBytes(6).toString('hex')}`)
    try {
      await writeThrough(unfinished, bytes)
      await rename(unfinished, file)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    // The name is on the disk when the folder is.
    await synced(await open(this.#path, 'r'))
    return hash
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function writeThrough(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  await synced(handle, () => handle.writeFile(bytes))
}

async function synced(handle: FileHandle, work: () => Promise<void> = async () => undefined): Promise<void> {
  try {
    await work()
    await handle.sync()
  } finally {
    await handle.close()
  }
}
