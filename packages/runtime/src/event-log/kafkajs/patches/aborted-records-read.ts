/** Which records of a fetch belong to aborted transactions: what a reader of committed records must never see. */

/** A transaction that was aborted, as a fetch names it. */
export interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}

/** A record of a fetch, control records among them, as kafkajs decodes it. */
export interface FetchedRecord {
  readonly offset: string
  readonly key: Buffer | null
  isControlRecord: boolean
  /** `isControlBatch` without `isControlRecord`: a marker that can't be decoded. */
  readonly batchContext: {
    readonly producerId: string
    readonly inTransaction: boolean
    readonly isControlBatch?: boolean
  }
}

/** The part of one partition's answer to a fetch that matters here. */
export interface FetchedPartition {
  abortedTransactions?: readonly AbortedTransaction[] | null
  readonly messages: readonly FetchedRecord[]
}

/** Key of the control record that ends an aborted transaction: version 0, type 0. */
export const ABORT = Buffer.from([0, 0, 0, 0])

/**
 * Makes control records of all aborted records of a fetch: they keep their place, so that positions move on behind
 * them, and nobody reads them. Several transactions may have begun at or before one record, so each record takes in
 * all of them. kafkajs's own filter takes in one a record, and so hands out aborted records where transactions of two
 * producers are aborted side by side; it finds nothing left to do after this.
 */
export function hideAbortedRecords(partition: FetchedPartition): void {
  const { abortedTransactions, messages } = partition
  if (!abortedTransactions || abortedTransactions.length === 0) return
  partition.abortedTransactions = []
  const coming = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId: String(producerId), firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0))
  const aborted = new Set<string>()
  let next = 0
  for (const message of messages) {
    const offset = BigInt(message.offset)
    for (let one = coming[next]; one && one.firstOffset <= offset; one = coming[++next]) aborted.add(one.producerId)
    const producerId = String(message.batchContext.producerId)
    if (message.isControlRecord) {
      if (message.key?.equals(ABORT)) aborted.delete(producerId)
    } else if (message.batchContext.isControlBatch) {
      // Which end it was is not known: it is shown, and nobody reads on behind it.
      return
    } else if (message.batchContext.inTransaction && aborted.has(producerId)) {
      message.isControlRecord = true
    }
  }
}

/** The part of kafkajs' Broker that matters here. */
export interface FetchingBroker {
  fetch(
    request: object,
  ): Promise<{ readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[] }>
}

/** Takes aborted records out of each fetch before kafkajs' own filter, which lets some of them through. */
export function readCommittedOnly(prototype: FetchingBroker): void {
  const { fetch } = prototype
  prototype.fetch = async function (this: FetchingBroker, request) {
    const answer = await fetch.call(this, request)
    for (const { partitions } of answer.responses) for (const partition of partitions) hideAbortedRecords(partition)
    return answer
  }
}
