import { describe, expect, it } from 'vitest'
import type { LaneSession } from '../event-log/port.ts'
import type { Floors } from '../redis/port.ts'
import { checkOffsets } from './lane-start.ts'

interface Case {
  readonly committed?: number
  readonly floor?: number
  readonly beginning?: number
}

function check({ committed, floor, beginning = 0 }: Case): Promise<void> {
  const session = { partition: 3, committed: () => committed, beginning: () => beginning } as Partial<LaneSession>
  const floors: Partial<Floors> = {
    get: async (group, topic, partition) => {
      expect([group, topic, partition]).toEqual(['signer', 'payout.commands', 3])
      return floor === undefined ? undefined : { next: floor, committedAt: 0 }
    },
  }
  return checkOffsets(session as LaneSession, { floors: floors as Floors }, 'signer', ['payout.commands'])
}

describe('committed offsets at the start of a session (S2.5)', () => {
  it.each([
    ['nothing was ever committed', {}],
    ['nothing was ever committed, and the topic begins later', { beginning: 5 }],
    ['at the floor', { committed: 7, floor: 7 }],
    ['above it: the process ended between commit and floor', { committed: 9, floor: 7 }],
    ['no floor yet', { committed: 9 }],
    ['at the beginning of the topic', { committed: 5, floor: 5, beginning: 5 }],
  ])('fine: %s', async (_what, one) => {
    await expect(check(one)).resolves.toBeUndefined()
  })

  it.each([
    ['missing, though records are worked off', { floor: 7 }, 'to-offset 7'],
    ['below the floor', { committed: 6, floor: 7 }, 'to-offset 7'],
    ['before the beginning of the topic', { committed: 4, floor: 4, beginning: 5 }, 'to-offset 5'],
    ['before the beginning of the topic, without a floor', { committed: 4, beginning: 5 }, 'to-offset 5'],
  ])('the lane stops: %s', async (_what, one, wayOut) => {
    await expect(check(one)).rejects.toMatchObject({
      code: 'LANE_OFFSETS_BEHIND',
      message: expect.stringContaining(wayOut),
    })
  })

  it('every topic is looked at', async () => {
    const session = {
      partition: 0,
      committed: (topic: string) => (topic === 'gateway.answers' ? 1 : 5),
      beginning: () => 0,
    } as Partial<LaneSession>
    const floors = { get: async () => ({ next: 5, committedAt: 0 }) } as Partial<Floors>
    const run = (topics: readonly ('gateway.requests' | 'gateway.answers')[]) =>
      checkOffsets(session as LaneSession, { floors: floors as Floors }, 'reconciler', topics)
    await expect(run(['gateway.requests'])).resolves.toBeUndefined()
    await expect(run(['gateway.requests', 'gateway.answers'])).rejects.toThrow('gateway.answers')
  })
})
