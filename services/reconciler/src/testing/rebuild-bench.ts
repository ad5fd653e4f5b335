/** Rebuilds what a bench has committed. */
import type { EventLog, LogRecord, ReadFrom, ReadOptions } from '@payout/runtime/event-log/port'
import type { RebuildWriter } from '@payout/runtime/redis/port'
import type { TopicName } from '@payout/schemas/topics'
import { DAY_MS, HOUR_MS } from '@payout/schemas/units'
import { parseBatch } from '../known-batches/batch-form.ts'
import type { KnownBatch } from '../known-batches/known-batch.ts'
import { rebuild } from '../rebuild/rebuild.ts'
import { NOON, type ReconcilerBench } from './reconciler-bench.ts'

/** The commands that the bench's requests came of: two in partition 0, with their time stamps. */
const COMMANDS = [NOON, NOON]

/**
 * A rebuild of an empty Redis from what a bench has committed. Answers what was done, in order, and what was written.
 * @param commands time stamps of what stands in partition 0 of `payout.commands`, whose offset `committed` the signer
 * has committed, and of `agreement.commands`.
 */
export async function rebuilt(bench: ReconcilerBench, commands: readonly number[] = COMMANDS, committed?: number) {
  const done: string[] = []
  const written: Record<string, unknown[]> = {}
  const states = new Map<string, string>()
  const holders = new Map<string, string>()
  /** Which claims end, and which states, by `kind/key` and key; false: never. */
  const ends = { claims: new Map<string, boolean>(), states: new Map<string, boolean>() }
  const note = (what: string, values: readonly unknown[]) => {
    done.push(what)
    written[what] = [...(written[what] ?? []), ...values]
  }
  const writer: RebuildWriter = {
    touch: async () => undefined,
    readCheckpoints: async () => [],
    claims: async (kind, claims) => {
      note(`claims ${kind}`, claims)
      for (const { key, settledAt } of claims) {
        const name = `${kind}/${key}`
        if (!ends.claims.has(name)) ends.claims.set(name, kind === 'notify' || settledAt !== undefined)
      }
    },
    readStates: async (keys) =>
      keys.map((key) => {
        const value = states.get(key)
        return value === undefined ? undefined : { revision: '', value }
      }),
    holders: async (names) => names.map((name) => holders.get(name)),
    states: async (values) => {
      note('states', [])
      for (const { key, value, settled = false, claims = [], names = [] } of values) {
        states.set(key, value)
        ends.states.set(key, settled)
        for (const name of names) holders.set(name, key)
        for (const claim of claims) {
          const name = `${claim.kind}/${claim.key}`
          if (ends.claims.has(name)) ends.claims.set(name, settled)
        }
      }
    },
    due: async (_lane, entries) => note('due', entries),
    checkpoints: async (group, checkpoints) =>
      note(
        'checkpoints',
        checkpoints.map((checkpoint) => ({ group, ...checkpoint })),
      ),
    finish: async () => note('finish', []),
  }
  const log: Partial<EventLog> = {
    taskNames: async () => ['lane-1'],
    fence: async (group) => note('fence', [group]),
    partitions: async () => 2,
    committed: async (group, topic) => [
      topic === 'payout.commands' ? committed : undefined,
      group === 'reconciler' ? bench.lane.offsets[topic] : undefined,
    ],
    offsets: async (topic) =>
      isCommands(topic)
        ? [{ beginning: 0, end: commands.length }]
        : [
            { beginning: 0, end: 0 },
            { beginning: 0, end: bench.lane.records(topic).length },
          ],
    read: ({ from }: ReadOptions) =>
      from[0] && isCommands(from[0].topic) ? commandsFrom(from[0].topic, from[0].at, commands) : records(bench, from),
  }
  await rebuild(writer, {
    log: log as EventLog,
    codec: bench.codec,
    clock: bench.clock,
    logger: bench.dependencies.logger,
    claimLifeMs: 30 * DAY_MS,
    overdueAfterMs: 25 * HOUR_MS,
  })
  return { done, written, states, holders, ends }
}

/** States as they are, in whatever order they are written down. */
export function parsed(states: ReadonlyMap<string, string>): Map<string, KnownBatch> {
  return new Map([...states].map(([key, text]) => [key, parseBatch(key, text)]))
}

function isCommands(topic: TopicName): boolean {
  return topic === 'payout.commands' || topic === 'agreement.commands'
}

/** What the bench's lane has of it: it is partition 1 of all topics. */
async function* records(bench: ReconcilerBench, from: ReadOptions['from']): AsyncGenerator<LogRecord> {
  for (const { topic, partition, at } of from) {
    if (partition !== bench.lane.partition) continue
    for (const record of bench.lane.records(topic)) {
      const { timestamp, offset } = record
      if (at === 'beginning' || ('timestamp' in at ? timestamp >= at.timestamp : offset >= at.offset)) yield record
    }
  }
}

async function* commandsFrom(topic: TopicName, at: ReadFrom, timestamps: readonly number[]): AsyncGenerator<LogRecord> {
  const from = typeof at === 'object' && 'offset' in at ? at.offset : 0
  for (const [offset, timestamp] of timestamps.entries()) {
    const record = { topic, partition: 0, offset, timestamp, key: null, value: null } as const
    if (offset >= from) yield { ...record, headers: {} }
  }
}
