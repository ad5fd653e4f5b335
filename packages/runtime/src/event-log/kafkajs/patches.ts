/**
 * Six corrections of kafkajs 2.2.4, which nobody maintains any more, each with what happens without it. They change what
 * kafkajs does for the whole process, once.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import { type FetchedPartition, hideAbortedRecords } from './aborted-records.ts'
import { rememberCoordinators } from './coordinator-lookups.ts'
import { type FetchingGroup, fetchPatiently } from './patient-fetch.ts'

const require = createRequire(import.meta.url)

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/**
 * Each connection looks every millisecond whether a request waits, also when none does: 3 to 5 % of a core per idle process, and
 * Node's warning about a negative timeout. Now it looks only when one waits.
 */
function patchIdleTimer(): void {
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue }
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this)
  }
}

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

interface OffsetManager {
  readonly cluster: {
    fetchTopicsOffset(
      topics: readonly { topic: string; partitions: readonly { partition: number }[]; fromBeginning: boolean }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
  }
  setDefaultOffset(place: TopicPartition): Promise<void>
  seek(place: TopicPartition & { offset: string }): Promise<void>
}

/**
 * At a position that the partition doesn't hold, kafkajs commits "the beginning" for the whole group, outside any transaction, and
 * so wipes out the committed offset. Now it only reads on at the beginning; the lane sees the leap and begins anew.
 */
function patchOffsetReset(): void {
  const { prototype } = require('kafkajs/src/consumer/offsetManager') as { prototype: OffsetManager }
  prototype.setDefaultOffset = async function (this: OffsetManager, { topic, partition }) {
    const found = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
    const offset = found[0]?.partitions[0]?.offset
    if (offset !== undefined) await this.seek({ topic, partition, offset })
  }
}

interface Broker {
  fetch(
    request: object,
  ): Promise<{ readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[] }>
  listOffsets(request: object): Promise<unknown>
}

/**
 * kafkajs hands aborted records to readers of committed ones where transactions of two producers were aborted side by side, as those of a
 * killed process are: a request that was never committed is sent, an event is read twice. Now they are taken out of each fetch before its filter.
 */
function patchAbortedRecords(): void {
  const { prototype } = require('kafkajs/src/broker') as { prototype: Broker }
  const { fetch } = prototype
  prototype.fetch = async function (this: Broker, request) {
    const answer = await fetch.call(this, request)
    for (const { partitions } of answer.responses) for (const partition of partitions) hideAbortedRecords(partition)
    return answer
  }
}

/** The protocol's isolation level of a reader who sees what is not committed. */
const READ_UNCOMMITTED = 0
const undecidedCount = new AsyncLocalStorage<true>()

/** kafkajs's admin asks for last stable offsets, whatever it is given. Now it asks for high watermarks within `countingUndecided`. */
function patchListOffsets(): void {
  const { prototype } = require('kafkajs/src/broker') as { prototype: Broker }
  const { listOffsets } = prototype
  prototype.listOffsets = function (this: Broker, request) {
    const isolation = undecidedCount.getStore() ? { isolationLevel: READ_UNCOMMITTED } : {}
    return listOffsets.call(this, { ...request, ...isolation })
  }
}

/** Asks a question whose ends of partitions are high watermarks. */
export function countingUndecided<T>(question: () => Promise<T>): Promise<T> {
  return undecidedCount.run(true, question)
}

let isPatched = false

/** Safe to call again. */
export function patchKafkajs(): void {
  if (isPatched) return
  isPatched = true
  patchIdleTimer()
  patchOffsetReset()
  patchAbortedRecords()
  patchListOffsets()
  rememberCoordinators(
    (require('kafkajs/src/cluster') as { prototype: Parameters<typeof rememberCoordinators>[0] }).prototype,
    (require('kafkajs/src/broker') as { prototype: Parameters<typeof rememberCoordinators>[1] }).prototype,
  )
  fetchPatiently((require('kafkajs/src/consumer/consumerGroup') as { prototype: FetchingGroup }).prototype)
}
