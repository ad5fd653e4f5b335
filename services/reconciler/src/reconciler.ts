/**
 * What happens in a lane, from top to bottom:
 *
 *  1. what the lane knows of agreements and return files is read from `gateway.states`, to its end;
 *  2. timers that have come are appended to `gateway.timers`: time causes nothing by itself to a payout (S6.4); agreements and return files to which time
 *     does something are worked on, and committed with their states: questions, schedules, ends;
 *  3. records of the lane are fetched: requests, answers, notifies, decisions and commands, timers;
 *  4. requests make batches and payouts known; what all others prove is applied to the states: those of payouts are in Redis and keep what each
 *     record caused, so that it repeats itself (S6); those of agreements and return files are in the lane's memory, and change with the commit;
 *  5. evidence for a batch that is not known waits until the lane's requests were read to their end as of then, and so does what tells that lines can't
 *     be signed; if the batch is still unknown, it is reported;
 *  6. events, states, what has to be signed, and offsets are committed in one transaction (S3), and the checkpoints are raised.
 */

import type { Fetched, Offsets, OutgoingRecord } from '@payout/runtime/event-log/port'
import type { CheckpointedSession } from '@payout/runtime/task/checkpointed-session'
import type { ServiceTasks } from '@payout/runtime/task/start-tasks'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { TopicName } from '@payout/schemas/topics'
import { StateConflictError } from './errors.ts'
import { type LaneRecord, laneRecord } from './lane/lane-record.ts'
import { readStates, STATES } from './lane/lane-states.ts'
import { portions } from './lane/portions.ts'
import { parseTimerMember } from './lane/state-keys.ts'
import type { ReconcilerParts } from './reconciler-parts.ts'
import { type Lane, payoutsOf, timeRound, tryRound } from './round.ts'

export const GROUP = 'reconciler'

/** What a lane reads, in the order in which one fetch is processed: what makes known first, what ends last. */
export const INPUTS = [
  'gateway.requests',
  'gateway.answers',
  'gateway.notifies',
  'gateway.commands',
  'gateway.timers',
] as const satisfies readonly TopicName[]

/** The reconciler's lanes, each with its own memory. */
export const RECONCILER_LANES = {
  group: GROUP,
  tasks: 'by-lane',
  topics: [...INPUTS, STATES],
  replayed: [STATES],
} as const satisfies ServiceTasks

/** How often timers are looked at. */
const DUE_EVERY_MS = 1_000
const DUE_AT_ONCE = 100
/** A round is computed again when the states changed under it; more often than this means that somebody else works on the lane. */
const ROUND_TRIES = 5

/** Works off one lane. */
export async function reconcile(session: CheckpointedSession, parts: ReconcilerParts): Promise<void> {
  const lane: Lane = { session, states: await readStates(session, parts.codec) }
  let lookedAt = Number.NEGATIVE_INFINITY
  while (!session.stopping) {
    if (performance.now() - lookedAt >= DUE_EVERY_MS) {
      lookedAt = performance.now()
      await appendTimer(session, parts)
      await takeTime(lane, parts)
    }
    const { maxRecords } = parts.settings
    const fetched = await session.poll({ topics: INPUTS, maxRecords, timeoutMs: DUE_EVERY_MS })
    if (fetched.every(({ records }) => records.length === 0)) continue
    const records = read(fetched, parts)
    await processRecords(records, offsetsOf(fetched), lane, parts)
    // A file was asked for, or another one may take its turn: time has something to do at once.
    if (
      records.some(
        ({ kind }) => kind === 'return-file-command' || kind === 'service-answer' || kind === 'service-not-signed',
      )
    )
      lookedAt = Number.NEGATIVE_INFINITY
  }
}

async function processRecords(
  records: readonly LaneRecord[],
  offsets: Offsets,
  lane: Lane,
  parts: ReconcilerParts,
): Promise<void> {
  const requests = records.filter(isRequest)
  const evidence = records.filter((entry) => !isRequest(entry))
  if (requests.length > 0 && evidence.length > 0) {
    // Requests first, so that what is known below is all that this fetch brought.
    const next = offsets['gateway.requests']
    await round(requests, next === undefined ? {} : { 'gateway.requests': next }, lane, parts)
  } else if (requests.length > 0) {
    return round(requests, offsets, lane, parts)
  }
  let payouts = await payoutsOf(evidence, parts)
  // Where lines of a batch can't be signed, its others went on under new numbers, written with it: those are known before anybody decides about them.
  const hasNewNumbers = evidence.some(({ kind }) => kind === 'not-signed')
  if (hasNewNumbers || payouts.includes(undefined)) {
    // Of the transaction that wrote it, the marker may come to the requests a moment later than to this topic.
    const { session } = lane
    const end = await (hasNewNumbers ? session.written('gateway.requests') : session.end('gateway.requests'))
    if (!(await readRequestsTo(end, lane, parts))) return
    payouts = await payoutsOf(evidence, parts)
  }
  const { 'gateway.requests': _committed, ...rest } = offsets
  for (const portion of portions(evidence, payouts, rest)) await round(portion.records, portion.offsets, lane, parts)
}

function isRequest({ kind }: LaneRecord): boolean {
  return kind === 'request' || kind === 'service-request'
}

/**
 * Reads the lane's requests to what was their end (section 4): a notify can be faster than its request.
 * @returns false where the process stops first: then nothing may be said about what is not known, and the lane's next owner reads it again.
 */
async function readRequestsTo(end: number, lane: Lane, parts: ReconcilerParts): Promise<boolean> {
  const { session } = lane
  while (session.position('gateway.requests') < end) {
    if (session.stopping || session.signal.aborted) return false
    const fetched = await session.poll({
      topics: ['gateway.requests'],
      maxRecords: parts.settings.maxRecords,
      timeoutMs: DUE_EVERY_MS,
    })
    const requests = read(fetched, parts)
    if (requests.length > 0) await round(requests, offsetsOf(fetched), lane, parts)
  }
  return true
}

async function round(
  records: readonly LaneRecord[],
  offsets: Offsets,
  { session, states }: Lane,
  parts: ReconcilerParts,
): Promise<void> {
  const { outputs, due, staged } = await compute(records, { session, states }, parts)
  if (due.length > 0) await parts.stateStore.timers.add(session.partition, due)
  await session.commit(outputs, offsets)
  staged.adopt()
}

async function compute(records: readonly LaneRecord[], lane: Lane, parts: ReconcilerParts) {
  for (let tries = 0; tries < ROUND_TRIES; tries++) {
    const result = await tryRound(records, lane, parts)
    if (result) return result
  }
  throw new StateConflictError()
}

/** Does to agreements and return files what time does, a portion a transaction. What it leads to is not due again at once, so it ends. */
async function takeTime({ session, states }: Lane, parts: ReconcilerParts): Promise<void> {
  while (!session.stopping) {
    const { outputs, staged } = await timeRound({ session, states }, parts)
    if (outputs.length === 0) return
    await session.commit(outputs, {})
    staged.adopt()
  }
}

/** Appends a record for each timer that has come. One that is appended twice causes its transition once. */
async function appendTimer(session: CheckpointedSession, parts: ReconcilerParts): Promise<void> {
  const { timers } = parts.stateStore
  const members = await timers.due(session.partition, parts.clock.now(), DUE_AT_ONCE)
  if (members.length === 0) return
  const records = members.map((member): OutgoingRecord => {
    const { partner, batchNo, signing, dueAt } = parseTimerMember(member)
    const subject = `${partner}/${batchNo}`
    return {
      topic: 'gateway.timers',
      partition: session.partition,
      key: subject,
      value: parts.codec.encode('gateway.GatewayTimer', { partner, batchNo, signing, dueAt }),
      headers: cloudEventHeaders({
        id: `${subject}/${signing}`,
        type: eventType('gateway.GatewayTimer'),
        source: parts.source,
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

/** Decodes what was fetched, in the order of INPUTS. What can't be read makes the lane wait: on `gateway.*` it is no poison. */
function read(fetched: readonly Fetched[], parts: ReconcilerParts): LaneRecord[] {
  const order = (topic: TopicName) => (INPUTS as readonly TopicName[]).indexOf(topic)
  return fetched
    .toSorted((a, b) => order(a.topic) - order(b.topic))
    .flatMap(({ records }) => records.map((record) => laneRecord(record, parts.codec)))
}
