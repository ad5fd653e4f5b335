/**
 * Who coordinates a group or a transactional id is asked once, and again only after a request to a coordinator has
 * failed.
 */

/** What one cluster was told: the coordinator's node id, by kind and id. */
type Known = Map<string, string | number>

/** The part of kafkajs' Broker that matters here. */
export interface CoordinatingBroker {
  readonly nodeId: string | number
}

/** The part of kafkajs' Cluster that matters here. */
export interface CoordinatedCluster {
  findBroker(at: { readonly nodeId: string | number }): Promise<CoordinatingBroker>
  findGroupCoordinator(asked: {
    readonly groupId: string
    readonly coordinatorType?: number
  }): Promise<CoordinatingBroker>
}

/** Requests that only a coordinator answers. */
const COORDINATED = [
  'joinGroup',
  'syncGroup',
  'heartbeat',
  'leaveGroup',
  'offsetFetch',
  'offsetCommit',
  'describeGroups',
  'deleteGroups',
  'initProducerId',
  'addPartitionsToTxn',
  'addOffsetsToTxn',
  'txnOffsetCommit',
  'endTxn',
] as const

/** The part of kafkajs' Broker that matters here. */
export type CoordinatingRequests = Record<(typeof COORDINATED)[number], (request: object) => Promise<unknown>>

/**
 * Answers that only the coordinator itself gives, and often: the last transaction's markers are being written, a
 * rebalance is under way.
 */
const FROM_COORDINATOR: ReadonlySet<unknown> = new Set(['CONCURRENT_TRANSACTIONS', 'REBALANCE_IN_PROGRESS'])

/** Readers each have a group of their own; a cluster that asked about more than so many begins anew. */
const MOST_KNOWN = 200

/**
 * kafkajs asks for the coordinator before each request to it: four of the nine requests of a transaction. The answer
 * holds until a coordinator moves, and then the request that goes to the old one fails (NOT_COORDINATOR, or no
 * connection). So any failure of such a request that is not the coordinator's own word forgets all that its cluster
 * was told, and the next one asks again.
 */
export function rememberCoordinators(clusters: CoordinatedCluster, brokers: CoordinatingRequests): void {
  const knownBy = new WeakMap<CoordinatedCluster, Known>()
  const toldBy = new WeakMap<object, Known>()
  const { findGroupCoordinator } = clusters
  clusters.findGroupCoordinator = async function (this: CoordinatedCluster, asked) {
    const known = knownBy.get(this) ?? new Map<string, string | number>()
    knownBy.set(this, known)
    const key = `${asked.coordinatorType ?? 0} ${asked.groupId}`
    const nodeId = known.get(key)
    if (nodeId !== undefined) {
      try {
        return await this.findBroker({ nodeId })
      } catch {
        // It has gone, or can't be reached: another one may coordinate now.
        known.clear()
      }
    }
    const broker = await findGroupCoordinator.call(this, asked)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(key, broker.nodeId)
    toldBy.set(broker, known)
    return broker
  }
  for (const name of COORDINATED) {
    const request = brokers[name]
    brokers[name] = async function (this: object, asked) {
      try {
        return await request.call(this, asked)
      } catch (error) {
        if (!FROM_COORDINATOR.has((error as { type?: unknown } | undefined)?.type)) toldBy.get(this)?.clear()
        throw error
      }
    }
  }
}
