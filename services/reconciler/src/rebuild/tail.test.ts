import type { StoredCheckpoint } from '@payout/runtime/redis/port'
import { topicNames, topics } from '@payout/schemas/topics'
import { describe, expect, it } from 'vitest'
import { extentOf, GROUPS, type Progress } from './tail.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const progress: Progress[] = [
  { group: 'signer', topic: 'payout.commands', partition: 0, next: 9 },
  { group: 'gateway-egress', topic: 'gateway.requests', partition: 0, next: 9 },
  { group: 'reconciler', topic: 'gateway.requests', partition: 0, next: 9 },
]

function checkpoints(times: readonly number[]): StoredCheckpoint[] {
  return progress.flatMap(({ group, topic, partition }, index) => {
    const committedAt = times[index]
    return committedAt === undefined ? [] : [{ group, topic, partition, checkpoint: { next: index + 1, committedAt } }]
  })
}

describe('what has to be read again (S7.3)', () => {
  it('outputs from a minute before the oldest checkpoint, whoever it is of', () => {
    expect(extentOf(checkpoints([900_000, 500_000, 700_000]), progress, 0).since).toBe(500_000 - MINUTE)
  })

  it("the reconciler's inputs from its own checkpoints", () => {
    const { inputsFrom } = extentOf(checkpoints([900_000, 500_000, 700_000]), progress, 0)
    expect(inputsFrom?.('gateway.requests', 0)).toBe(3)
    expect(inputsFrom?.('gateway.answers', 0)).toBeUndefined()
  })

  it.each([
    ['no checkpoint at all', checkpoints([])],
    ['none of one partition that was ever committed', checkpoints([1, 9 * DAY])],
  ])('%s: the whole state', (_what, left) => {
    expect(extentOf(left, progress, 123)).toEqual({ since: 123, inputsFrom: undefined })
  })

  it('not further back than claims live, where a checkpoint is younger: what was written before it is there', () => {
    expect(extentOf(checkpoints([9 * DAY, 2 * DAY, 7 * DAY]), progress, 3 * DAY).since).toBe(3 * DAY)
  })

  it.each([
    ['all of them are older', [7 * DAY, 2 * DAY, 9 * DAY], 40 * DAY, 8 * DAY],
    ['one is missing, and all others are older', [7 * DAY, 9 * DAY], 40 * DAY, 8 * DAY],
    ['all of them are older, and of one time', [7 * DAY, 7 * DAY, 7 * DAY], 40 * DAY, 7 * DAY - MINUTE],
  ])(
    'as far as the youngest checkpoint, and a day, where an old copy of Redis was put in place: %s',
    (_what, times, oldest, since) => {
      expect(extentOf(checkpoints(times), progress, oldest).since).toBe(since)
    },
  )

  it('every service that commits offsets under a transactional id is in it', () => {
    expect(GROUPS.map(({ group }) => group)).toEqual(['signer', 'gateway-egress', 'reconciler'])
  })

  it('each with all that it reads by the table of topics, but for its changelog and the switches, which each process reads whole', () => {
    const memories: readonly string[] = ['gateway.attempts', 'gateway.states', 'gateway.switches']
    for (const { group, inputs } of GROUPS) {
      const read = topicNames.filter((topic) => topics[topic].readBy.some((reader) => reader === group))
      expect([group, inputs.toSorted()]).toEqual([group, read.filter((topic) => !memories.includes(topic)).toSorted()])
    }
  })
})
