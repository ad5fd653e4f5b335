/** How long a consumer's fetch waits at the broker for something to come. */

/** The part of kafkajs' ConsumerGroup that matters here. */
export interface FetchingGroup {
  readonly sessionTimeout: number
  /** Milliseconds that the next fetch may wait at the broker. */
  maxWaitTime: number
  fetch(nodeId: string | number): Promise<readonly { readonly rawMessages: readonly unknown[] }[]>
}

/** While something comes, a fetch waits so long: what is resumed has to wait for the fetch under way. */
export const BUSY_WAIT_MS = 100
const IDLE_WAIT_MS = 500
/** After so many fetches in a row that brought nothing a consumer counts as idle. */
const IDLE_FETCHES = 20
/** Heartbeats go out between two fetches: so many have to fit into a session. */
const FETCHES_A_SESSION = 10

/**
 * Lets the fetches of an idle consumer wait five times as long. What comes ends the wait at once in any case, so
 * nothing is later by that; only a partition that is resumed after seconds of nothing may wait a moment longer. Ten
 * fetches a second by each of five consumers were most of what an idle system cost: a tenth of a core here, and more
 * at the broker.
 */
export function fetchPatiently(prototype: FetchingGroup): void {
  const { fetch } = prototype
  const idleFetches = new WeakMap<FetchingGroup, number>()
  prototype.fetch = async function (this: FetchingGroup, nodeId) {
    const batches = await fetch.call(this, nodeId)
    const isEmpty = batches.every(({ rawMessages }) => rawMessages.length === 0)
    const idle = isEmpty ? (idleFetches.get(this) ?? 0) + 1 : 0
    idleFetches.set(this, idle)
    const patient = Math.min(IDLE_WAIT_MS, Math.floor(this.sessionTimeout / FETCHES_A_SESSION))
    this.maxWaitTime = idle < IDLE_FETCHES ? BUSY_WAIT_MS : Math.max(BUSY_WAIT_MS, patient)
    return batches
  }
}
