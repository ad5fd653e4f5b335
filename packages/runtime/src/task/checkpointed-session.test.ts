import { describe, expect, it } from 'vitest'
import { TaskEndedError } from '../event-log/errors.ts'
import type { Offsets, TaskSession } from '../event-log/port.ts'
import { RedisNotTrustedError, RedisUnavailableError } from '../redis/errors.ts'
import { FakeStateStore } from '../testing/fake-state-store.ts'
import { FakeTask } from '../testing/fake-task.ts'
import {
  type CheckpointedHandler,
  CheckpointedSession,
  type CheckpointOptions,
  withCheckpoints,
} from './checkpointed-session.ts'

const GROUP = 'reconciler'
const REQUESTS = 'gateway.requests'
const ANSWERS = 'gateway.answers'
const STATES = 'gateway.states'

/** One task of two inputs and a changelog, whose beginnings the test sets. */
class Task {
  readonly log = new FakeTask({ partition: 3, topics: [REQUESTS, ANSWERS, STATES], replayed: [STATES] })
  readonly stateStore = new FakeStateStore()
  /** What happened, in its order. */
  readonly done: string[] = []
  readonly #beginnings: Offsets
  readonly #checkpoints: CheckpointOptions['checkpoints']

  constructor(checkpoints: CheckpointOptions['checkpoints'] = 'awaited', beginnings: Offsets = {}) {
    this.#checkpoints = checkpoints
    this.#beginnings = beginnings
    const { raise } = this.stateStore.checkpoints
    this.log.afterCommit = () => void this.done.push('committed')
    this.stateStore.checkpoints.raise = async (group, raised) => {
      await raise(group, raised)
      for (const { topic, partition, next } of raised)
        this.done.push(`${group}/${topic}/${partition} raised to ${next}`)
    }
  }

  /** One session of the task. */
  run(handler: CheckpointedHandler): Promise<void> {
    const session = this.log.open()
    session.beginning = (topic) => this.#beginnings[topic] ?? 0
    return withCheckpoints(handler, {
      stateStore: this.stateStore,
      group: GROUP,
      replayed: [STATES],
      checkpoints: this.#checkpoints,
    })(session)
  }

  checkpoint(topic: typeof REQUESTS | typeof ANSWERS | typeof STATES): number | undefined {
    return this.stateStore.checkpointOf.get(`${GROUP}/${topic}/3`)?.checkpoint.next
  }

  setCheckpoint(topic: typeof REQUESTS | typeof ANSWERS | typeof STATES, next: number): void {
    const checkpoint = { next, committedAt: 0 }
    this.stateStore.checkpointOf.set(`${GROUP}/${topic}/3`, { group: GROUP, topic, partition: 3, checkpoint })
  }
}

const nothing: CheckpointedHandler = async () => undefined
const commits =
  (offsets: Offsets): CheckpointedHandler =>
  (session) =>
    session.commit([], offsets)

describe('a session is opened', () => {
  it.each([
    ['gone', {}, { [REQUESTS]: 7 }, {}, 'to-offset 7'],
    ['behind the checkpoint', { [REQUESTS]: 6 }, { [REQUESTS]: 7 }, {}, 'to-offset 7'],
    ['before the beginning of its topic', { [REQUESTS]: 4 }, {}, { [REQUESTS]: 5 }, 'to-offset 5'],
    [
      'behind the checkpoint in the second topic',
      { [REQUESTS]: 7, [ANSWERS]: 1 },
      { [REQUESTS]: 7, [ANSWERS]: 2 },
      {},
      'to-offset 2',
    ],
  ] as const)(
    'S2.5: no handler begins with an offset that is %s',
    async (_, offsets, checkpoints, beginnings, wayOut) => {
      for (const checkpointMode of ['awaited', 'lagging'] as const) {
        const task = new Task(checkpointMode, beginnings)
        Object.assign(task.log.offsets, offsets)
        for (const [topic, next] of Object.entries(checkpoints)) task.setCheckpoint(topic as typeof REQUESTS, next)
        const begun: string[] = []
        const run = task.run(async ({ name }) => void begun.push(name))
        await expect(run).rejects.toMatchObject({
          code: 'TASK_OFFSETS_BEHIND',
          message: expect.stringContaining(wayOut),
        })
        expect(begun).toEqual([])
        expect(task.done).toEqual([])
      }
    },
  )

  it('S2.5: a replayed topic has no committed offset, and is not checked', async () => {
    const task = new Task('awaited', { [STATES]: 5 })
    task.setCheckpoint(STATES, 7)
    await expect(task.run(nothing)).resolves.toBeUndefined()
  })

  it('S7.1: no handler begins while Redis is away or not trusted', async () => {
    const begun: string[] = []
    const task = new Task()
    task.stateStore.away = true
    await expect(task.run(async ({ name }) => void begun.push(name))).rejects.toThrow(RedisUnavailableError)
    task.stateStore.away = false
    task.stateStore.trusted = false
    await expect(task.run(async ({ name }) => void begun.push(name))).rejects.toThrow(RedisNotTrustedError)
    expect(begun).toEqual([])
  })

  it('S2.5: by withCheckpoints alone: no other session is one that a handler takes', () => {
    const raw: TaskSession = new FakeTask({ partition: 0, topics: [REQUESTS] }).open()
    // @ts-expect-error a session whose offsets nobody checked
    const checkpointed: CheckpointedSession = raw
    // @ts-expect-error the constructor is private
    const made = () => new CheckpointedSession(raw, { stateStore: new FakeStateStore(), group: GROUP })
    expect([checkpointed, made]).toHaveLength(2)
  })
})

describe.each(['awaited', 'lagging'] as const)('a commit, its checkpoints %s', (mode) => {
  it('S2.4: raises the checkpoints of the offsets that it names, after it', async () => {
    const task = new Task(mode)
    await task.run(async (session) => {
      await session.commit([], { [REQUESTS]: 4 })
      await session.commit([], {})
      await session.commit([], { [REQUESTS]: 5, [ANSWERS]: 9 })
    })
    expect(task.done).toEqual([
      'committed',
      `${GROUP}/${REQUESTS}/3 raised to 4`,
      'committed',
      'committed',
      `${GROUP}/${REQUESTS}/3 raised to 5`,
      `${GROUP}/${ANSWERS}/3 raised to 9`,
    ])
    await expect(task.run(nothing)).resolves.toBeUndefined()
  })

  it('S7.3: the checkpoint is dated by the commit: not before it, and not after the checkpoint was written', async () => {
    const task = new Task(mode)
    let begun = 0
    task.log.beforeCommit = () => {
      begun = Date.now()
    }
    await task.run(commits({ [REQUESTS]: 4 }))
    const committedAt = task.stateStore.checkpointOf.get(`${GROUP}/${REQUESTS}/3`)?.checkpoint.committedAt
    expect(committedAt).toBeGreaterThanOrEqual(begun)
    expect(committedAt).toBeLessThanOrEqual(Date.now())
  })

  it('S2.4: that fails raises nothing: of the offset that is not committed nothing is processed', async () => {
    const task = new Task(mode)
    const fenced = async (session: CheckpointedSession) => {
      task.log.open()
      await session.commit([], { [REQUESTS]: 4 })
    }
    await expect(task.run(fenced)).rejects.toThrow(TaskEndedError)
    expect(task.stateStore.checkpointOf.size).toBe(0)
    await expect(task.run(nothing)).resolves.toBeUndefined()
  })
})

describe('checkpoints that are awaited', () => {
  it.each([
    ['away', RedisUnavailableError],
    ['not trusted', RedisNotTrustedError],
  ])(
    'S2.4: a commit rejects where Redis is %s after it; the next session goes on behind it',
    async (what, expected) => {
      const task = new Task()
      task.log.afterCommit = () => {
        task.stateStore.away = what === 'away'
        task.stateStore.trusted = what === 'away'
      }
      await expect(task.run(commits({ [REQUESTS]: 4 }))).rejects.toThrow(expected)
      expect(task.log.offsets).toEqual({ [REQUESTS]: 4 })
      expect(task.stateStore.checkpointOf.size).toBe(0)

      task.log.afterCommit = () => undefined
      task.stateStore.away = false
      task.stateStore.trusted = true
      await task.run(async (session) => {
        expect(session.committed(REQUESTS)).toBe(4)
        await session.commit([], { [REQUESTS]: 5 })
      })
      expect(task.checkpoint(REQUESTS)).toBe(5)
    },
  )

  it('S2.4: a commit is over when its checkpoints stand', async () => {
    const task = new Task()
    await task.run(async (session) => {
      await session.commit([], { [REQUESTS]: 4 })
      expect(task.checkpoint(REQUESTS)).toBe(4)
    })
  })
})

describe('checkpoints that lag', () => {
  it.each(['away', 'trusted'] as const)('S2.4: a commit waits for none, and none fails it: %s', async (what) => {
    const task = new Task('lagging')
    await task.run(async (session) => {
      task.stateStore[what] = what === 'away'
      await session.commit([], { [REQUESTS]: 4, [ANSWERS]: 8 })
      expect(task.log.offsets).toEqual({ [REQUESTS]: 4, [ANSWERS]: 8 })
      expect(task.stateStore.checkpointOf.size).toBe(0)
      task.stateStore[what] = what !== 'away'
      // What was not raised then is raised now.
      await session.commit([], { [REQUESTS]: 5 })
    })
    expect([task.checkpoint(REQUESTS), task.checkpoint(ANSWERS)]).toEqual([5, 8])
  })

  it('S2.4: what Redis has not taken when a session ends is raised before the next handler begins', async () => {
    const task = new Task('lagging')
    await task.run(async (session) => {
      task.stateStore.away = true
      await session.commit([], { [REQUESTS]: 4, [ANSWERS]: 8 })
    })
    task.stateStore.away = false
    await task.run(async () => {
      expect([task.checkpoint(REQUESTS), task.checkpoint(ANSWERS), task.checkpoint(STATES)]).toEqual([4, 8, undefined])
    })
  })

  it('S2.4: a session ends when nothing is under way any more, however its handler ends; one call to Redis at a time', async () => {
    for (const error of [undefined, new Error('the handler fails')]) {
      const task = new Task('lagging')
      const { raise } = task.stateStore.checkpoints
      const { promise: free, resolve } = Promise.withResolvers<void>()
      const asked: unknown[] = []
      task.stateStore.checkpoints.raise = async (group, checkpoints) => {
        asked.push(checkpoints.map(({ next }) => next))
        await free
        await raise(group, checkpoints)
      }
      const ended = task.run(async (session) => {
        for (const next of [4, 5, 6]) await session.commit([], { [REQUESTS]: next })
        setImmediate(resolve)
        if (error) throw error
      })
      await (error ? expect(ended).rejects.toBe(error) : ended)
      expect(task.checkpoint(REQUESTS)).toBe(6)
      expect(asked).toEqual([[4], [6]])
    }
  })

  it('S2.4: what else goes wrong is thrown by the next commit that names an offset', async () => {
    const task = new Task('lagging')
    const defect = new Error('a defect')
    await task.run(async (session) => {
      task.stateStore.checkpoints.raise = () => Promise.reject(defect)
      await session.commit([], { [REQUESTS]: 4 })
      await session.commit([], {})
      await expect(session.commit([], { [REQUESTS]: 5 })).rejects.toBe(defect)
    })
    expect(task.log.offsets).toEqual({ [REQUESTS]: 5 })
  })
})

it('S7.1: a session tells whether Redis may be relied on', async () => {
  const task = new Task()
  await task.run(async (session) => {
    await expect(session.requireTrust()).resolves.toBeUndefined()
    task.stateStore.trusted = false
    await expect(session.requireTrust()).rejects.toThrow(RedisNotTrustedError)
    task.stateStore.away = true
    await expect(session.requireTrust()).rejects.toThrow(RedisUnavailableError)
  })
})
