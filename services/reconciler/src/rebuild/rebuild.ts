/**
 * Writes into Redis again what it has lost, from what is committed in Kafka (S7.3, S7.4):
 *
 *  1. a token is put into Redis: of two rebuilds at once the later one goes on;
 *  2. every transactional id of signer, egress and reconciler is initialised, so that nothing in flight can commit any more;
 *  3. the topics are read to their end: requests make claims, batches and payouts known, events what became of them, answers and
 *     notifies what the reconciler has seen;
 *  4. claims and states are written, then floors, then the marker.
 */
import { ERROR_CODES } from '@payout/mapi/error-codes'
import { batchContentHash } from '@payout/runtime/batch-content-hash'
import type { Clock } from '@payout/runtime/clock'
import type { EventLog, LogRecord, ReadFrom } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/logging'
import type { PayoutEvent, PayoutEventName } from '@payout/runtime/payout-event'
import { payoutClaimKey } from '@payout/runtime/payout-id'
import type { Claim, ClaimKind, Coordinates, Memory, RebuildWriter } from '@payout/runtime/redis/port'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayAnswer, GatewayNotify, GatewayRequest } from '@payout/schemas/generated/records'
import type { TopicName } from '@payout/schemas/topics'
import { loadForRequests, makeKnown } from '../known-request.ts'
import { WorkingSet } from '../working-set.ts'
import { type Extent, extentOf, GROUPS, type Progress, progressOf } from './tail.ts'
import { transitionOf, withTransition } from './transition-of.ts'

/** Records that are worked on together: bounds memory. */
const CHUNK = 200
/** Before what claims still know there is nothing to be rebuilt; a day for what was on its way then. */
const DAY_MS = 24 * 3_600_000
const ALIVE_EVERY_MS = 2_000

const EVENTS = [
  'payout.PayoutAccepted',
  'payout.PayoutSucceeded',
  'payout.PayoutFailed',
  'payout.PayoutRefused',
  'payout.PayoutUnresolved',
  'payout.PayoutOverdue',
  'payout.PayoutMismatched',
  'payout.PayoutResubmitted',
] as const satisfies readonly PayoutEventName[]

export interface RebuildOptions {
  readonly log: EventLog
  readonly memory: Pick<Memory, 'rebuild'>
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
 * @throws RebuildSupersededError when a later rebuild began, or Redis is trusted (again): there is nothing to do.
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  const { memory } = options
  const writer = await memory.rebuild.begin()
  // What a failed sign of life means, the next write tells.
  const alive = setInterval(() => void writer.touch().catch(() => undefined), ALIVE_EVERY_MS)
  try {
    return await rebuildWith(writer, options)
  } finally {
    clearInterval(alive)
  }
}

async function rebuildWith(writer: RebuildWriter, options: RebuildOptions): Promise<RebuildReport> {
  const { log, clock, claimLifeMs, logger } = options
  await fenceAll(log)
  const progress = await progressOf(log)
  const extent = extentOf(await writer.readFloors(), progress, clock.now() - claimLifeMs - DAY_MS)
  logger.info(
    { since: new Date(extent.since).toISOString(), tail: extent.inputsFrom !== undefined },
    'Redis is rebuilt from the topics',
  )
  const run = new RebuildRun(options, writer, extent, progress)
  const report = await run.readAll()
  await run.writeFloors()
  await writer.finish()
  return report
}

/** After this nothing that was in flight when it began can commit. */
async function fenceAll(log: EventLog): Promise<void> {
  for (const { group, lanes, topics } of GROUPS) {
    const names = await log.laneNames({ lanes, topics })
    await Promise.all(names.map((name) => log.fence(group, name)))
  }
}

class RebuildRun {
  readonly #options: RebuildOptions
  readonly #writer: RebuildWriter
  readonly #extent: Extent
  readonly #progress: readonly Progress[]
  /** Next offset of each input partition, by what outputs say of their causes (S2.5). */
  readonly #floors = new Map<string, Progress>()
  readonly #lastAnswers = new Map<string, GatewayAnswer>()

  constructor(options: RebuildOptions, writer: RebuildWriter, extent: Extent, progress: readonly Progress[]) {
    this.#options = options
    this.#writer = writer
    this.#extent = extent
    this.#progress = progress
    for (const one of progress) this.#raise(one)
  }

  async readAll(): Promise<RebuildReport> {
    const whole = this.#extent.inputsFrom === undefined
    const requests =
      (await this.#read('gateway.requests', 'since', (records) => this.#requests(records))) +
      (whole ? 0 : await this.#read('gateway.requests', 'inputs', (records) => this.#requests(records)))
    const events = await this.#read('payout.events', 'since', (records) => this.#events(records))
    const answers = await this.#read('gateway.answers', 'inputs', (records) => this.#answers(records))
    const notifies = await this.#read('gateway.notifies', 'inputs', (records) => this.#notifies(records))
    await this.#stops()
    return { extent: whole ? 'whole' : 'tail', requests, events, answers, notifies }
  }

  async writeFloors(): Promise<void> {
    const committedAt = Date.now()
    for (const { group } of GROUPS) {
      const floors = [...this.#floors.values()].filter((floor) => floor.group === group)
      await this.#writer.floors(
        group,
        floors.map(({ topic, partition, next }) => ({ topic, partition, next, committedAt })),
      )
    }
  }

  /**
   * Reads a topic in chunks. `since`: outputs, from the extent's time on. `inputs`: what the reconciler has read of it, from its surviving floor up to its
   * committed offset; what lies above will be read by it anyway.
   */
  async #read(
    topic: TopicName,
    what: 'since' | 'inputs',
    work: (records: LogRecord[]) => Promise<void>,
  ): Promise<number> {
    const { log } = this.#options
    const partitions = await log.partitions(topic)
    const until = new Map(
      this.#progress.flatMap((one) =>
        one.group === 'reconciler' && one.topic === topic ? [[one.partition, one.next]] : [],
      ),
    )
    const from = Array.from(
      { length: partitions },
      (_, partition): { topic: TopicName; partition: number; at: ReadFrom } => {
        const offset = what === 'inputs' ? this.#extent.inputsFrom?.(topic, partition) : undefined
        return { topic, partition, at: offset === undefined ? { timestamp: this.#extent.since } : { offset } }
      },
    )
    let count = 0
    let chunk: LogRecord[] = []
    for await (const record of log.read({ from, until: 'end' })) {
      if (what === 'inputs' && record.offset >= (until.get(record.partition) ?? 0)) continue
      chunk.push(record)
      count += 1
      if (chunk.length < CHUNK) continue
      await work(chunk)
      chunk = []
    }
    if (chunk.length > 0) await work(chunk)
    return count
  }

  async #requests(records: readonly LogRecord[]): Promise<void> {
    const { codec, overdueAfterMs } = this.#options
    const requests = records.map((record) => ({
      record,
      value: codec.decode(record.value, ['gateway.GatewayRequest']).value,
    }))
    await this.#claims(
      'payout',
      requests.flatMap(({ value }) => payoutClaims(value)),
    )
    await this.#claims(
      'batch',
      requests.map(({ value, record }) => batchClaim(value, record)),
    )
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
      for (const { source } of value.lines) this.#worked('signer', source)
      if (value.cause) this.#worked('signer', value.cause)
    }
  }

  async #events(records: readonly LogRecord[]): Promise<void> {
    const events = records.map((record): PayoutEvent => this.#options.codec.decode(record.value, EVENTS))
    const claims: (Claim & { claimedAt: number })[] = []
    const set = this.#workingSet()
    await set.loadPayouts(
      events.flatMap(({ value: { partner, payoutId } }) => (payoutId === null ? [] : [{ partner, payoutId }])),
    )
    for (const event of events) {
      const { evidence, partner } = event.value
      this.#worked(evidence.kind === 'command' ? 'signer' : 'reconciler', evidence.source)
      if (event.name === 'payout.PayoutFailed' && evidence.kind === 'command') {
        const { payoutId, contentHash } = event.value
        claims.push({
          key: payoutClaimKey(partner, payoutId),
          contentHash: contentHash ?? '',
          coordinates: coordinates(evidence.source),
          claimedAt: evidence.source.timestamp,
        })
      }
      const made = transitionOf(event)
      const state = made && set.payout(partner, made.payoutId)
      if (made && state) set.setPayout(partner, made.payoutId, withTransition(state, made.transition))
    }
    await set.save()
    await this.#claims('payout', claims)
  }

  async #answers(records: readonly LogRecord[]): Promise<void> {
    const answers = records.map((record) => this.#options.codec.decode(record.value, ['gateway.GatewayAnswer']).value)
    const set = this.#workingSet()
    await set.loadBatches(answers)
    for (const answer of answers) {
      const { partner, batchNo, final } = answer
      const batch = set.batch(partner, batchNo)
      if (final && batch && !batch.closed) set.setBatch(partner, batchNo, { ...batch, closed: true })
      const last = this.#lastAnswers.get(partner)
      if (final && answer.answeredAt >= (last?.answeredAt ?? 0)) this.#lastAnswers.set(partner, answer)
    }
    await set.save()
  }

  async #notifies(records: readonly LogRecord[]): Promise<void> {
    const notifies = records.map((record) => ({
      record,
      value: this.#options.codec.decode(record.value, ['gateway.GatewayNotify']).value,
    }))
    await this.#claims(
      'notify',
      notifies.map(({ record, value }) => notifyClaim(value, record)),
    )
  }

  /** A partner whose last word from Alipay was that its contract, account, key or balance is wrong is stopped again; a person lets it go on. */
  async #stops(): Promise<void> {
    if (this.#extent.inputsFrom !== undefined) return
    const stops = [...this.#lastAnswers].flatMap(([alias, { outcome, code, answeredAt }]) => {
      const stopping = outcome === 'refused' && code !== null && ERROR_CODES.get(code)?.stopsPartner
      return stopping ? [{ alias, stop: { reason: code, since: answeredAt } }] : []
    })
    await this.#writer.stops(stops)
  }

  #workingSet(): WorkingSet {
    return new WorkingSet({
      read: (keys) => this.#writer.readStates(keys),
      // Nobody else can write while the marker is missing or foreign.
      swap: async (changes) => {
        await this.#writer.states(changes.map(({ key, after }) => ({ key, value: after })))
        return changes.map(() => true)
      },
    })
  }

  async #claims(kind: ClaimKind, claims: readonly (Claim & { claimedAt: number })[]): Promise<void> {
    if (claims.length > 0) await this.#writer.claims(kind, claims)
  }

  /** The record at these coordinates has a committed output: it is worked off. */
  #worked(
    group: string,
    source: { readonly topic: string; readonly partition: number; readonly offset: number },
  ): void {
    this.#raise({ group, topic: source.topic as TopicName, partition: source.partition, next: source.offset + 1 })
  }

  #raise(progress: Progress): void {
    const { group, topic, partition, next } = progress
    if (!GROUPS.some((row) => row.group === group && row.inputs.includes(topic))) return
    const key = `${group}/${topic}/${partition}`
    if (next > (this.#floors.get(key)?.next ?? -1)) this.#floors.set(key, progress)
  }
}

function coordinates({
  topic,
  partition,
  offset,
  line,
  timestamp,
}: GatewayRequest['lines'][number]['source']): Coordinates {
  return { topic: topic as TopicName, partition, offset, line, timestamp }
}

function recordCoordinates({ topic, partition, offset, timestamp }: LogRecord): Coordinates {
  return { topic, partition, offset, line: 0, timestamp }
}

function payoutClaims({ partner, lines }: GatewayRequest): (Claim & { claimedAt: number })[] {
  return lines.map(({ payoutId, contentHash, source, claimedAt }) => ({
    key: payoutClaimKey(partner, payoutId),
    contentHash,
    coordinates: coordinates(source),
    claimedAt,
  }))
}

function batchClaim(request: GatewayRequest, record: LogRecord): Claim & { claimedAt: number } {
  const { partner, batchNo } = request
  return {
    key: `${partner}/${batchNo}`,
    contentHash: batchContentHash(request),
    coordinates: recordCoordinates(record),
    claimedAt: record.timestamp,
  }
}

function notifyClaim(
  { partner, notifyId, contentHash }: GatewayNotify,
  record: LogRecord,
): Claim & { claimedAt: number } {
  return {
    key: `${partner}/${notifyId}/${contentHash}`,
    contentHash,
    coordinates: recordCoordinates(record),
    claimedAt: record.timestamp,
  }
}
