/** A connection without requests costs nothing. */

/** The part of kafkajs' RequestQueue that matters here. */
export interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/**
 * Each connection looks every millisecond whether a request waits, also when none does: 3 to 5 % of a core per idle
 * process, and Node's warning about a negative timeout. Now it looks only when one waits.
 */
export function lookOnlyWhenRequestsWait(prototype: RequestQueue): void {
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}
