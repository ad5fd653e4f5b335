/**
 * Writes into Redis again what it has lost, from what is committed in Kafka (S7.3, S7.4):
 *
 *  1. a token is put into Redis: of two rebuilds at once the later one goes on;
 *  2. every transactional id of signer, egress and reconciler is initialised, so that nothing in flight can commit any
 *     more;
 *  3. the topics are read to their end: requests make claims, batches and payouts known, events what became of them,
 *     answers and notifies what the reconciler has seen;
 *  4. claims and states are written, then checkpoints, then the marker.
 */

import type { Clock } from '@payout/runtime/clock'
import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import { isPayoutEvent } from '@payout/runtime/record/domain-event'
import { payoutClaimKey } from '@payout/runtime/record/payout-claim-key'
import type { ClaimKind, RebuildWriter, RebuiltClaim } from '@payout/runtime/redis/port'
import { eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayAnswer, GatewayRequest } from '@payout/schemas/generated/records'
import { type TopicName, topics } from '@payout/schemas/topics'
import { DAY_MS, MIB, SECOND_MS } from '@payout/schemas/units'
import { KeptBatches } from '../known-batches/kept-batches.ts'
import { WorkingSet } from '../known-batches/working-set.ts'
import { loadForRequests, makeKnown } from '../payout/known-request.ts'
import { unsignedBatch } from '../payout/not-signed.ts'
import { OpenPayouts } from './open-payouts.ts'
import { Reach, readFrom } from './reach.ts'
import { RebuiltCheckpoints } from './rebuilt-checkpoints.ts'
import { batchClaim, coordinates, notifyClaim, payoutClaims, returnedClaim, serviceClaim } from './rebuilt-claims.ts'
import { type Extent, extentOf, GROUPS, type Progress, progressOf } from './tail.ts'
import { transitionOf, withTransition } from './transition-of.ts'

/** Before what claims still know there is nothing to be rebuilt; a day for what was on its way then. */
const MARGIN_MS = DAY_MS
const ALIVE_EVERY_MS = 2 * SECOND_MS
/** Records that are processed together, and their bytes: bounds memory. A request may have thousands of lines. */
const CHUNK = 1_000
const CHUNK_BYTES = 16 * MIB
/** Payouts whose batches are kept in memory: events of one batch come in many chunks. */
const KEPT_PAYOUTS = 50_000

const RETURNED = eventType('payout.PayoutReturned')

/** What a rebuild works with; times in milliseconds. */
export interface RebuildDependencies {
  readonly log: EventLog
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  readonly claimLifeMs: number
  readonly overdueAfterMs: number
}

/** What a rebuild has read and written. */
export interface RebuildReport {
  readonly extent: 'whole' | 'tail'
  readonly requests: number
  readonly events: number
  readonly answers: number
  readonly notifies: number
}

/**
 * Rebuilds what an untrusted Redis has lost.
 * @param writer what `stateStore.rebuild.begin()` gave.
 * @throws RebuildSupersededError when a later rebuild began: there is nothing to do.
 */
export async function rebuild(writer: RebuildWriter, dependencies: RebuildDependencies): Promise<RebuildReport> {
  // What a failed sign of life means, the next write tells.
  const alive = setInterval(() => void writer.touch().catch(() => undefined), ALIVE_EVERY_MS)
  try {
    return await rebuildWith(writer, dependencies)
  } finally {
    clearInterval(alive)
  }
}

async function rebuildWith(writer: RebuildWriter, dependencies: RebuildDependencies): Promise<RebuildReport> {
  const { log, clock, claimLifeMs, logger } = dependencies
  await fenceAll(log)
  const progress = await progressOf(log)
  const extent = extentOf(await writer.readCheckpoints(), progress, clock.now() - claimLifeMs - MARGIN_MS)
  logger.info(
    { since: new Date(extent.since).toISOString(), tail: extent.inputsFrom !== undefined },
    'Redis is rebuilt from the topics',
  )
  const run = new RebuildRun(dependencies, writer, extent, progress)
  const report = await run.readAll()
  await run.writeCheckpoints()
  await writer.finish()
  return report
}

/** After this nothing that was in flight when it began can commit. */
async function fenceAll(log: EventLog): Promise<void> {
  for (const { group, tasks, topics } of GROUPS) {
    const names = await log.taskNames({ tasks, topics })
    await Promise.all(names.map((name) => log.fence(group, name)))
  }
}

/** One rebuild: reads what is committed and writes what it stands for, claims and states first. */
class RebuildRun {
  readonly #dependencies: RebuildDependencies
  readonly #writer: RebuildWriter
  readonly #extent: Extent
  readonly #progress: readonly Progress[]
  readonly #checkpoints: RebuiltCheckpoints
  readonly #open: OpenPayouts
  readonly #kept = new KeptBatches(KEPT_PAYOUTS).lane()
  /** Undefined for a tail: Redis holds what is older. */
  #reach: Reach | undefined

  constructor(dependencies: RebuildDependencies, writer: RebuildWriter, extent: Extent, progress: readonly Progress[]) {
    this.#dependencies = dependencies
    this.#writer = writer
    this.#extent = extent
    this.#progress = progress
    this.#checkpoints = new RebuiltCheckpoints(progress)
    this.#open = new OpenPayouts(dependencies.codec)
  }

  async readAll(): Promise<RebuildReport> {
    const whole = this.#extent.inputsFrom === undefined
    if (whole) {
      await this.#read('payout.events', 'all', (records) => this.#history(records))
      this.#reach = await Reach.of(this.#open, this.#extent.since, this.#progress, this.#dependencies)
    }
    const requests =
      (await this.#read('gateway.requests', 'since', (records) => this.#requests(records))) +
      (whole ? 0 : await this.#read('gateway.requests', 'inputs', (records) => this.#requests(records)))
    const events = await this.#read('payout.events', 'since', (records) => this.#events(records))
    await this.#read('agreement.events', 'since', (records) => this.#agreementEvents(records))
    const answers = await this.#read('gateway.answers', 'inputs', (records) => this.#answers(records))
    await this.#read('gateway.commands', 'inputs', (records) => this.#decisions(records))
    const notifies = await this.#read('gateway.notifies', 'inputs', (records) => this.#notifies(records))
    return { extent: whole ? 'whole' : 'tail', requests, events, answers, notifies }
  }

  async writeCheckpoints(): Promise<void> {
    await this.#checkpoints.raiseToCauses(this.#dependencies.log)
    const committedAt = Date.now()
    for (const { group } of GROUPS) {
      await this.#writer.checkpoints(group, this.#checkpoints.of(group, committedAt))
    }
  }

  /**
   * Reads a topic in chunks. `all`: from its beginning. `since`: outputs, from the extent's time on. `inputs`: what the
   * reconciler has read of it, from its surviving checkpoint up to its committed offset; what lies above will be read
   * by it anyway. Where payouts may be open for longer than the extent, it begins at the oldest of them.
   */
  async #read(
    topic: TopicName,
    what: 'all' | 'since' | 'inputs',
    work: (records: LogRecord[]) => Promise<void>,
  ): Promise<number> {
    const { log } = this.#dependencies
    const partitions = await log.partitions(topic)
    const until = new Map(
      this.#progress.flatMap((one) =>
        one.group === 'reconciler' && one.topic === topic ? [[one.partition, one.next]] : [],
      ),
    )
    const from = Array.from(
      { length: partitions },
      (_, partition): { topic: TopicName; partition: number; at: ReadFrom } => {
        if (what === 'all') return { topic, partition, at: 'beginning' }
        const offset = what === 'inputs' ? this.#extent.inputsFrom?.(topic, partition) : undefined
        return { topic, partition, at: offset === undefined ? this.#begin(topic, partition) : { offset } }
      },
    )
    let count = 0
    let chunk: LogRecord[] = []
    let bytes = 0
    for await (const record of log.read({ from, until: 'end' })) {
      if (what === 'inputs' && record.offset >= (until.get(record.partition) ?? 0)) continue
      chunk.push(record)
      count += 1
      bytes += record.value?.length ?? 0
      if (chunk.length < CHUNK && bytes < CHUNK_BYTES) continue
      await work(chunk)
      chunk = []
      bytes = 0
    }
    if (chunk.length > 0) await work(chunk)
    return count
  }

  /** Where the reading of a partition begins that has no checkpoint. */
  #begin(topic: TopicName, partition: number): ReadFrom {
    switch (topic) {
      case 'gateway.requests':
      case 'gateway.answers':
      case 'gateway.commands':
        return readFrom(this.#reach?.sinceOf(partition) ?? this.#extent.since)
      case 'payout.events':
        return readFrom(this.#reach?.since ?? this.#extent.since)
      default:
        return readFrom(this.#extent.since)
    }
  }

  /** All that was ever said: what is open to this day, and returns, whose claims never expire. */
  async #history(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) this.#open.note(record)
    const returned = records.filter(({ headers }) => headers.ce_type === RETURNED)
    const events = returned.map(({ value }) => this.#dependencies.codec.decode(value, ['payout.PayoutReturned']).value)
    await this.#claims('return', events.map(returnedClaim))
  }

  async #requests(records: readonly LogRecord[]): Promise<void> {
    const { codec, overdueAfterMs } = this.#dependencies
    const requests: { record: LogRecord; value: GatewayRequest }[] = []
    const serviceClaims: RebuiltClaim[] = []
    for (const record of records) {
      const { name, value } = codec.decode(record.value, topics['gateway.requests'].values)
      if (value.cause) this.#checkpoints.note('signer', value.cause)
      if (name === 'gateway.GatewayRequest') {
        if (this.#reach?.takes(value, record) ?? true) requests.push({ record, value })
      } else serviceClaims.push(serviceClaim(value, record))
    }
    await this.#claims(
      'payout',
      requests.flatMap(({ value }) => payoutClaims(value)),
    )
    await this.#claims(
      'batch',
      requests.map(({ value, record }) => batchClaim(value, record)),
    )
    await this.#claims('service', serviceClaims)
    const set = this.#workingSet()
    await loadForRequests(
      set,
      requests.map(({ value }) => value),
    )
    const due = requests.map(({ value, record }) => ({
      lane: record.partition,
      ...makeKnown(set, value, overdueAfterMs),
    }))
    await set.save()
    for (const [lane, entries] of Map.groupBy(due, (entry) => entry.lane)) await this.#writer.due(lane, entries)
    for (const { value } of requests) {
      for (const { source } of value.lines) this.#checkpoints.note('signer', source)
    }
  }

  async #events(records: readonly LogRecord[]): Promise<void> {
    const read = records
      .filter((record) => this.#reach?.takesEvent(record) ?? true)
      .map(({ value, timestamp }) => ({
        timestamp,
        event: this.#dependencies.codec.decode(value, topics['payout.events'].values),
      }))
    for (const { event } of read) {
      const { kind, source } = event.value.evidence
      this.#checkpoints.note(kind === 'command' ? 'signer' : 'reconciler', source)
    }
    const events = read.flatMap(({ event, timestamp }) => (isPayoutEvent(event) ? [{ event, timestamp }] : []))
    const claims: RebuiltClaim[] = []
    const set = this.#workingSet()
    await set.loadPayouts(
      events.flatMap(({ event: { value } }) =>
        value.payoutId === null ? [] : [{ ...value, payoutId: value.payoutId }],
      ),
    )
    for (const { event, timestamp } of events) {
      const { evidence, partner } = event.value
      if (event.name === 'payout.PayoutFailed' && evidence.kind === 'command') {
        const { payoutId, contentHash } = event.value
        claims.push({
          key: payoutClaimKey(partner, payoutId),
          contentHash: contentHash ?? '',
          coordinates: coordinates(evidence.source),
          claimedAt: evidence.source.timestamp,
          // Nothing was ever sent for it: this was its outcome.
          settledAt: timestamp,
        })
      }
      const made = transitionOf(event)
      const state = made && set.payout(partner, made.payoutId)
      const home = state?.batchNos[0]
      if (made && state && home !== undefined)
        set.payoutsOf(partner, home).set(made.payoutId, withTransition(state, made.transition))
    }
    await set.save()
    await this.#claims('payout', claims)
    if (this.#reach) return
    await this.#claims(
      'return',
      events.flatMap(({ event }) => (event.name === 'payout.PayoutReturned' ? [returnedClaim(event.value)] : [])),
    )
  }

  /**
   * They make no claims and no states, but they prove what was processed: answers, and commands whose time is over too.
   */
  async #agreementEvents(records: readonly LogRecord[]): Promise<void> {
    for (const record of records) {
      const { evidence } = this.#dependencies.codec.decode(record.value, topics['agreement.events'].values).value
      this.#checkpoints.note(evidence.kind === 'answer' ? 'reconciler' : 'signer', evidence.source)
    }
  }

  async #answers(records: readonly LogRecord[]): Promise<void> {
    const answers = this.#decodeAnswers(records)
    const set = this.#workingSet()
    await set.loadBatches(answers)
    for (const answer of answers) {
      const { partner, batchNo, final } = answer
      const batch = set.batch(partner, batchNo)
      if (final && batch && !batch.closed) set.setBatch(partner, batchNo, { ...batch, closed: true })
    }
    await set.save()
  }

  /** Batches that were never signed, or not again: nothing can be sent under their numbers any more. */
  async #decisions(records: readonly LogRecord[]): Promise<void> {
    const notSigned = records.flatMap((record) => {
      const { name, value } = this.#dependencies.codec.decode(record.value, topics['gateway.commands'].values)
      return name === 'gateway.GatewayNotSigned' ? [value] : []
    })
    const set = this.#workingSet()
    await set.loadBatches(notSigned)
    await set.loadPayouts(
      notSigned.flatMap(({ partner, lines }) => lines.map(({ payoutId }) => ({ partner, payoutId }))),
    )
    for (const value of notSigned) {
      // One whose payouts had their outcome long ago is not known again: a batch is never known without its payouts.
      if (value.lines.some(({ payoutId }) => set.payout(value.partner, payoutId) === undefined)) continue
      const batch = unsignedBatch(value, set.batch(value.partner, value.batchNo))
      if (batch) set.setBatch(value.partner, value.batchNo, batch)
    }
    await set.save()
  }

  async #notifies(records: readonly LogRecord[]): Promise<void> {
    const notifies = records.map((record) => ({
      record,
      value: this.#dependencies.codec.decode(record.value, ['gateway.GatewayNotify']).value,
    }))
    await this.#claims(
      'notify',
      notifies.map(({ record, value }) => notifyClaim(value, record)),
    )
  }

  #decodeAnswers(records: readonly LogRecord[]): GatewayAnswer[] {
    return records.flatMap((record) => {
      const { name, value } = this.#dependencies.codec.decode(record.value, topics['gateway.answers'].values)
      return name === 'gateway.GatewayAnswer' ? [value] : []
    })
  }

  #workingSet(): WorkingSet {
    return new WorkingSet(
      {
        read: (keys) => this.#writer.readStates(keys),
        holders: (names) => this.#writer.holders(names),
        // Nobody else can write while the marker is missing or foreign, so nothing is compared.
        swap: async (changes) => {
          const values = changes.flatMap(({ after, takes = [], names = [], ...kept }) =>
            after === undefined ? [] : [{ ...kept, names: [...names, ...takes], value: after }],
          )
          await this.#writer.states(values)
          return changes.map(() => '')
        },
      },
      this.#kept,
    )
  }

  async #claims(kind: ClaimKind, claims: readonly RebuiltClaim[]): Promise<void> {
    if (claims.length > 0) await this.#writer.claims(kind, claims)
  }
}
