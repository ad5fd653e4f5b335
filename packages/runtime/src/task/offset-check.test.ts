import { describe, expect, it } from 'vitest'
import type { TaskSession } from '../event-log/port.ts'
import type { Checkpoints } from '../redis/port.ts'
import { checkOffsets } from './offset-check.ts'

interface Case {
  readonly committed?: number
  readonly checkpoint?: number
  readonly beginning?: number
}

function check({ committed, checkpoint, beginning = 0 }: Case): Promise<void> {
  const session = { partition: 3, committed: () => committed, beginning: () => beginning } as Partial<TaskSession>
  const checkpoints: Partial<Checkpoints> = {
    get: async (group, topic, partition) => {
      expect([group, topic, partition]).toEqual(['signer', 'payout.commands', 3])
      return checkpoint === undefined ? undefined : { next: checkpoint, committedAt: 0 }
    },
  }
  return checkOffsets(session as TaskSession, { checkpoints: checkpoints as Checkpoints }, 'signer', [
    'payout.commands',
  ])
}

describe('committed offsets at the start of a session (S2.5)', () => {
  it.each([
    ['nothing was ever committed', {}],
    ['nothing was ever committed, and the topic begins later', { beginning: 5 }],
    ['at the checkpoint', { committed: 7, checkpoint: 7 }],
    ['above it: the process ended between commit and checkpoint', { committed: 9, checkpoint: 7 }],
    ['no checkpoint yet', { committed: 9 }],
    ['at the beginning of the topic', { committed: 5, checkpoint: 5, beginning: 5 }],
  ])('fine: %s', async (_what, one) => {
    await expect(check(one)).resolves.toBeUndefined()
  })

  it.each([
    ['missing, though records are processed', { checkpoint: 7 }, 'to-offset 7'],
    ['below the checkpoint', { committed: 6, checkpoint: 7 }, 'to-offset 7'],
    ['before the beginning of the topic', { committed: 4, checkpoint: 4, beginning: 5 }, 'to-offset 5'],
    ['before the beginning of the topic, without a checkpoint', { committed: 4, beginning: 5 }, 'to-offset 5'],
  ])('the task stops: %s', async (_what, one, wayOut) => {
    await expect(check(one)).rejects.toMatchObject({
      code: 'TASK_OFFSETS_BEHIND',
      message: expect.stringContaining(wayOut),
    })
  })

  it('every topic is looked at', async () => {
    const session = {
      partition: 0,
      committed: (topic: string) => (topic === 'gateway.answers' ? 1 : 5),
      beginning: () => 0,
    } as Partial<TaskSession>
    const checkpoints = { get: async () => ({ next: 5, committedAt: 0 }) } as Partial<Checkpoints>
    const run = (topics: readonly ('gateway.requests' | 'gateway.answers')[]) =>
      checkOffsets(session as TaskSession, { checkpoints: checkpoints as Checkpoints }, 'reconciler', topics)
    await expect(run(['gateway.requests'])).resolves.toBeUndefined()
    await expect(run(['gateway.requests', 'gateway.answers'])).rejects.toThrow('gateway.answers')
  })
})
