import type { AgreementRecord, Agreements } from '../agreement/agreements.ts'
import type { AcceptedBatch, Books } from '../books/books.ts'
import type { NotifyService } from '../notify/notify-service.ts'
import type { ReturnFileFixture } from '../return-file/fixture.ts'
import type { ReturnFiles } from '../return-file/return-files.ts'

/** What survives a restart, as it stands in the state file. */
export type StateRecord =
  | { readonly kind: 'batch'; readonly batch: AcceptedBatch }
  | { readonly kind: 'sent'; readonly notifyId: string }
  | { readonly kind: 'acknowledged'; readonly notifyId: string }
  | { readonly kind: 'balance'; readonly alias: string; readonly payer: string; readonly balanceFen: number | null }
  | { readonly kind: 'return-file'; readonly fixture: ReturnFileFixture }
  | AgreementRecord

export interface RestoreDependencies {
  readonly books: Books
  readonly notifies: NotifyService
  readonly agreements: Agreements
  readonly returnFiles: ReturnFiles
}

/** Takes one record of a former life, in the order in which they were written. */
export function restore(record: StateRecord, { books, notifies, agreements, returnFiles }: RestoreDependencies): void {
  switch (record.kind) {
    case 'batch': {
      const entries = books.accept(record.batch)
      notifies.restore(record.batch, entries, books.batchCount(record.batch.alias, record.batch.batchNo))
      return
    }
    case 'sent':
      notifies.restoreSent(record.notifyId)
      return
    case 'acknowledged':
      notifies.restoreAcknowledged(record.notifyId)
      return
    case 'balance':
      books.setBalance(record.alias, record.payer, record.balanceFen ?? undefined)
      return
    case 'return-file':
      returnFiles.restore(record.fixture)
      return
    case 'signing':
    case 'signing-over':
    case 'agreement':
      agreements.restore(record)
  }
}
