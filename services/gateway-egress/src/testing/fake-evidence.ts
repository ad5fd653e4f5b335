import { createHash } from 'node:crypto'
import type { EvidenceStore } from '../return-file/evidence-folder.ts'

/** What was kept, by its hash. */
export class FakeEvidence implements EvidenceStore {
  readonly kept = new Map<string, Buffer>()
  /** The disk is full. */
  full = false

  async keep(bytes: Buffer): Promise<string> {
    if (this.full) throw new Error('no space left on device')
    const hash = createHash('sha256').update(bytes).digest('hex')
    this.kept.set(hash, bytes)
    return hash
  }
}
