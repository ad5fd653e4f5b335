/**
 * What happens in a lane, from top to bottom:
 *
 *  1. what the lane knows of agreements and return files is read from `gateway.states`, to its end;
 *  2. timers that have come are appended to `gateway.timers`: time causes nothing by itself to a payout (S6.4);
 *     agreements and return files to which time does something are processed, and committed with their states:
 *     questions, schedules, ends;
 *  3. records of the lane are fetched: requests, answers, notifies, decisions and commands, timers;
 *  4. requests make batches and payouts known; what all others prove is applied to the states: those of payouts are in
 *     Redis and keep what each record caused, so that it repeats itself (S6); those of agreements and return files are
 *     in the changelog, and change with the commit;
 *  5. evidence for a batch that is not known waits until the lane's requests were read to their end as of then, and so
 *     does what tells that lines can't be signed; if the batch is still unknown, it is reported;
 *  6. chunk by chunk, events, states, what has to be signed, and offsets are committed in one transaction (S3), and the
 *     checkpoints are raised.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Fetched, Offsets, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import { Pace } from '@payout/runtime/task/pace'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { TopicName } from '@payout/schemas/topics'
import { SECOND_MS } from '@payout/schemas/units'
import { computeChunk, computeDue, type Lane, payoutCounts } from './chunk-computation.ts'
import { parseTimerMember } from './known-batches/state-keys.ts'
import { type Chunk, cutIntoChunks } from './lane/chunk.ts'
import { type LaneRecord, laneRecord } from './lane/lane-record.ts'
import { readStates } from './lane/lane-states.ts'
import type { ReconcilerDependencies } from './reconciler-dependencies.ts'
import { INPUTS } from './topology.ts'

/** How often timers are looked at, and the longest a poll waits. */
const LOOK_EVERY_MS = SECOND_MS
const TIMERS_AT_ONCE = 100
/**
 * A payout alone needs three transactions: its request, its answer, its notify. While more keep coming, what comes
 * within a tenth of a second shares one.
 */
const PACE = { everyMs: 100, atOnce: 4 }

/**
 * Processes one lane, until its session ends.
 * @throws what the session and the state store throw, StateMissingError, StateUnreadableError, StateConflictError, and
 * the codec's errors for a record that can't be read: the task ends, and begins again or waits for a person.
 */
export async function reconcile(session: CheckpointedSession, dependencies: ReconcilerDependencies): Promise<void> {
  const lane: Lane = {
    session,
    states: await readStates(session, dependencies.codec),
    kept: dependencies.kept.lane(),
    deferred: {},
  }
  const pace = new Pace(PACE)
  let lookedAt = Number.NEGATIVE_INFINITY
  while (!session.stopping) {
    if (performance.now() - lookedAt >= LOOK_EVERY_MS) {
      lookedAt = performance.now()
      await commitDeferred(lane)
      await fireTimers(session, dependencies)
      await processDue(lane, dependencies)
    }
    const waitMs = pace.waitMs()
    if (waitMs > 0) await sleep(waitMs)
    const { maxRecords } = dependencies.settings
    const fetched = await session.poll({ topics: INPUTS, maxRecords, timeoutMs: LOOK_EVERY_MS })
    if (fetched.every(({ records }) => records.length === 0)) continue
    pace.begin()
    const records = decode(fetched, dependencies)
    await processRecords(records, offsetsOf(fetched), lane, dependencies)
    // A file was asked for, or another one may take its turn: time has something to do at once.
    if (
      records.some(
        ({ kind }) => kind === 'return-file-command' || kind === 'service-answer' || kind === 'service-not-signed',
      )
    )
      lookedAt = Number.NEGATIVE_INFINITY
  }
  if (!session.signal.aborted) await commitDeferred(lane)
}

async function processRecords(
  records: readonly LaneRecord[],
  offsets: Offsets,
  lane: Lane,
  dependencies: ReconcilerDependencies,
): Promise<void> {
  // Requests come first, so that what is known to evidence is all that this fetch brought.
  let counts = await payoutCounts(records, lane, dependencies)
  // Where lines of a batch can't be signed, its others went on under new numbers, written with it: those are known
  // before anybody decides about them.
  const hasNewNumbers = records.some(({ kind }) => kind === 'not-signed')
  if (!hasNewNumbers && !counts.includes(undefined)) return processChunks(records, counts, offsets, lane, dependencies)
  const { 'gateway.requests': next, ...rest } = offsets
  const requests = records.filter(isRequest)
  // They are the first of the records, and of the counts.
  if (next !== undefined) await processChunks(requests, counts, { 'gateway.requests': next }, lane, dependencies)
  // Of the transaction that wrote it, the marker may come to the requests a moment later than to this topic.
  const { session } = lane
  const end = await (hasNewNumbers ? session.written('gateway.requests') : session.end('gateway.requests'))
  if (!(await readRequestsTo(end, lane, dependencies))) return
  const evidence = records.filter((entry) => !isRequest(entry))
  counts = await payoutCounts(evidence, lane, dependencies)
  await processChunks(evidence, counts, rest, lane, dependencies)
}

async function processChunks(
  records: readonly LaneRecord[],
  counts: readonly (number | undefined)[],
  offsets: Offsets,
  lane: Lane,
  dependencies: ReconcilerDependencies,
): Promise<void> {
  for (const chunk of cutIntoChunks(records, counts, offsets)) await processChunk(chunk, lane, dependencies)
}

function isRequest({ kind }: LaneRecord): boolean {
  return kind === 'request' || kind === 'service-request'
}

/**
 * Reads the lane's requests to what was their end: a notify can be faster than its request.
 * @returns false where the process stops first: then nothing may be said about what is not known, and the lane's next
 * owner reads it again.
 */
async function readRequestsTo(end: number, lane: Lane, dependencies: ReconcilerDependencies): Promise<boolean> {
  const { session } = lane
  while (session.position('gateway.requests') < end) {
    if (session.stopping || session.signal.aborted) return false
    const fetched = await session.poll({
      topics: ['gateway.requests'],
      maxRecords: dependencies.settings.maxRecords,
      timeoutMs: LOOK_EVERY_MS,
    })
    const records = decode(fetched, dependencies)
    const counts = await payoutCounts(records, lane, dependencies)
    await processChunks(records, counts, offsetsOf(fetched), lane, dependencies)
  }
  return true
}

/**
 * Processes the records of one transaction: the states of payouts are written first, then timers, then the commit.
 * Requests lead to no record: their offsets wait for the next commit, since a transaction for them alone would only
 * stand in the way of egress. Read again after a crash, they change nothing.
 */
async function processChunk(
  { records, offsets }: Chunk,
  lane: Lane,
  dependencies: ReconcilerDependencies,
): Promise<void> {
  const { session } = lane
  const { outputs, timers, staged } = await computeChunk(records, lane, dependencies)
  if (timers.length > 0) await dependencies.stateStore.timers.add(session.partition, timers)
  if (outputs.length === 0) {
    lane.deferred = { ...lane.deferred, ...offsets }
  } else {
    await session.commit(outputs, { ...lane.deferred, ...offsets })
    lane.deferred = {}
  }
  staged.adopt()
}

/** Commits offsets that wait, within about two seconds. */
async function commitDeferred(lane: Lane): Promise<void> {
  if (Object.keys(lane.deferred).length === 0) return
  await lane.session.commit([], lane.deferred)
  lane.deferred = {}
}

/**
 * Does to agreements and return files what time does, a transaction each time. What it leads to is not due again at
 * once, so it ends.
 */
async function processDue(lane: Lane, dependencies: ReconcilerDependencies): Promise<void> {
  const { session } = lane
  while (!session.stopping) {
    const { outputs, staged } = await computeDue(lane, dependencies)
    if (outputs.length === 0) return
    await session.commit(outputs, {})
    staged.adopt()
  }
}

/** Appends a record for each timer that has come. One that is appended twice causes its transition once. */
async function fireTimers(session: CheckpointedSession, dependencies: ReconcilerDependencies): Promise<void> {
  const { timers } = dependencies.stateStore
  const members = await timers.due(session.partition, dependencies.clock.now(), TIMERS_AT_ONCE)
  if (members.length === 0) return
  const records = members.map((member): OutgoingRecord => {
    const { partner, batchNo, signing, dueAt } = parseTimerMember(member)
    const subject = `${partner}/${batchNo}`
    return {
      topic: 'gateway.timers',
      partition: session.partition,
      key: subject,
      value: dependencies.codec.encode('gateway.GatewayTimer', { partner, batchNo, signing, dueAt }),
      headers: cloudEventHeaders({
        id: `${subject}/${signing}`,
        type: eventType('gateway.GatewayTimer'),
        source: dependencies.source,
        subject,
        time: dueAt,
      }),
    }
  })
  await session.commit(records, {})
  await timers.remove(session.partition, members)
}

function offsetsOf(fetched: readonly Fetched[]): Offsets {
  const offsets: Offsets = {}
  for (const { topic, next } of fetched) offsets[topic] = next
  return offsets
}

/** What was fetched, in the order of INPUTS. What can't be read makes the lane wait: on `gateway.*` it is no poison. */
function decode(fetched: readonly Fetched[], { codec }: Pick<ReconcilerDependencies, 'codec'>): LaneRecord[] {
  const order = (topic: TopicName) => (INPUTS as readonly TopicName[]).indexOf(topic)
  return fetched
    .toSorted((a, b) => order(a.topic) - order(b.topic))
    .flatMap(({ records }) => records.map((record) => laneRecord(record, codec)))
}
