/** Batches in which nobody has anything to read come the same way as all others. */

/** The part of kafkajs' Batch that matters here: what one fetch brought of one partition. */
export interface FetchedBatch {
  /** Markers and aborted records among them. */
  readonly rawMessages: readonly unknown[]
  isEmpty(): boolean
  isEmptyDueToFiltering(): boolean
}

/**
 * A batch of nothing but markers and aborted records kafkajs keeps from `eachBatch`. It moves its own position, and
 * an event tells only where the batch ends: not where its fetch began, nor whether another position was sought
 * meanwhile. Such a batch that comes late would carry a newer reader over records that it never saw. Now it is given
 * to `eachBatch`, without messages, and moves nothing by itself.
 */
export function handOutMarkers(prototype: FetchedBatch): void {
  prototype.isEmptyDueToFiltering = () => false
  prototype.isEmpty = function (this: FetchedBatch) {
    return this.rawMessages.length === 0
  }
}
