import type { EventLog, LogRecord, PartitionOffsets, ReadOptions } from '@payout/runtime/event-log/port'
import { describe, expect, it } from 'vitest'
import { RebuiltCheckpoints } from './rebuilt-checkpoints.ts'

type Row = readonly [offset: number, timestamp: number]

/** A topic by partition: its bounds and some of its records. */
class FakeTopic implements Pick<EventLog, 'offsets' | 'read'> {
  readonly reads: ReadOptions[] = []
  readonly #partitions: readonly (PartitionOffsets & { readonly rows: readonly Row[] })[]

  constructor(...partitions: readonly (PartitionOffsets & { readonly rows: readonly Row[] })[]) {
    this.#partitions = partitions
  }

  async offsets(): Promise<PartitionOffsets[]> {
    return [...this.#partitions]
  }

  async *read(dependencies: ReadOptions): AsyncGenerator<LogRecord> {
    this.reads.push(dependencies)
    for (const { topic, partition, at } of dependencies.from) {
      const from = typeof at === 'object' && 'offset' in at ? at.offset : 0
      for (const [offset, timestamp] of this.#partitions[partition]?.rows ?? []) {
        if (offset >= from) yield { topic, partition, offset, timestamp, key: null, value: null, headers: {} }
      }
    }
  }
}

const command = (partition: number, offset: number, timestamp: number) => ({
  topic: 'payout.commands',
  partition,
  offset,
  timestamp,
})

/** What the signer's checkpoints become when its outputs say `sources`, nothing being committed but what is given. */
async function checkpointsOf(log: FakeTopic, sources: readonly ReturnType<typeof command>[], committed?: number) {
  const checkpoints = new RebuiltCheckpoints(
    committed === undefined ? [] : [{ group: 'signer', topic: 'payout.commands', partition: 0, next: committed }],
  )
  for (const source of sources) checkpoints.note('signer', source)
  await checkpoints.raiseToCauses(log)
  return Object.fromEntries(checkpoints.of('signer', 0).map(({ partition, next }) => [partition, next]))
}

describe('checkpoints from what outputs say of their causes (S2.5)', () => {
  it('the last record of each partition counts, each read once at the most', async () => {
    const rows: Row[] = [[4, 40], [5, 50], [7, 70]] // biome-ignore format: a table
    const log = new FakeTopic({ beginning: 0, end: 8, rows }, { beginning: 0, end: 8, rows })
    expect(await checkpointsOf(log, [command(0, 4, 40), command(0, 5, 50), command(1, 7, 70)])).toEqual({ 0: 6, 1: 8 })
    expect(log.reads.flatMap(({ from }) => from.map(({ partition, at }) => [partition, at]))).toEqual([
      [0, { offset: 5 }],
      [1, { offset: 7 }],
    ])
  })

  it('what the committed offset covers is not looked up', async () => {
    const log = new FakeTopic({ beginning: 0, end: 6, rows: [[5, 50]] })
    expect(await checkpointsOf(log, [command(0, 5, 50)], 6)).toEqual({ 0: 6 })
    expect(log.reads).toEqual([])
  })

  it.each([
    ['it is empty', { beginning: 0, end: 0, rows: [] }],
    ['it ends before', { beginning: 0, end: 5, rows: [[4, 99]] }],
    ['another record is there', { beginning: 0, end: 9, rows: [[5, 99]] }],
    ['a transaction marker is there', { beginning: 0, end: 9, rows: [[6, 50]] }],
  ] as const)('the topic was made anew, %s: the committed offset counts', async (_what, partition) => {
    expect(await checkpointsOf(new FakeTopic(partition), [command(0, 5, 50)], 2)).toEqual({ 0: 2 })
    expect(await checkpointsOf(new FakeTopic(partition), [command(0, 5, 50)])).toEqual({})
  })

  it('the topic was made anew with fewer partitions', async () => {
    expect(await checkpointsOf(new FakeTopic(), [command(0, 5, 50)])).toEqual({})
  })

  it('what retention has deleted stays processed', async () => {
    expect(await checkpointsOf(new FakeTopic({ beginning: 8, end: 8, rows: [] }), [command(0, 5, 50)], 2)).toEqual({
      0: 6,
    })
  })

  it('topics that nobody may make anew keep their checkpoints, whatever stands in them', async () => {
    const checkpoints = new RebuiltCheckpoints([])
    checkpoints.note('reconciler', { topic: 'gateway.notifies', partition: 0, offset: 5, timestamp: 50 })
    await checkpoints.raiseToCauses(new FakeTopic({ beginning: 0, end: 0, rows: [] }))
    expect(checkpoints.of('reconciler', 9)).toEqual([
      { topic: 'gateway.notifies', partition: 0, next: 6, committedAt: 9 },
    ])
  })
})
