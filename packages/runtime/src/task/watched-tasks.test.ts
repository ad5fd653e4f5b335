import { describe, expect, it, onTestFinished } from 'vitest'
import { LogUnavailableError, TopicMissingError, TopicsUnfitError } from '../event-log/errors.ts'
import type { TaskConsumer } from '../event-log/port.ts'
import type { TopicWatch } from './topic-watch.ts'
import { WatchedTasks } from './watched-tasks.ts'

/** Topics that a test makes unfit. */
class FakeTopics implements Pick<TopicWatch, 'unfit' | 'until' | 'look' | 'closed'> {
  readonly closed = new AbortController().signal
  unfit: TopicsUnfitError | undefined
  #changed = Promise.withResolvers<void>()

  set(unfit: boolean): void {
    this.unfit = unfit ? new TopicsUnfitError(['it is compacted']) : undefined
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async look(): Promise<TopicsUnfitError | undefined> {
    return this.unfit
  }

  async until(isUnfit: boolean, signal: AbortSignal): Promise<void> {
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    aborted.catch(() => undefined)
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
    while ((this.unfit !== undefined) !== isUnfit) await Promise.race([this.#changed.promise, aborted])
    signal.throwIfAborted()
  }
}

class FakeConsumer implements TaskConsumer {
  readonly tasks = ['lane-0']
  readonly healthy = true
  readonly #ended = Promise.withResolvers<void>()
  readonly ended = this.#ended.promise
  graceMs: number | undefined

  async stop(graceMs: number): Promise<void> {
    this.graceMs = graceMs
    this.#ended.resolve()
  }

  die(): void {
    this.#ended.reject(new LogUnavailableError('it has stopped for good'))
  }
}

function stage(failures: Error[] = []) {
  const topics = new FakeTopics()
  const consumers: FakeConsumer[] = []
  const consume = async () => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    const consumer = new FakeConsumer()
    consumers.push(consumer)
    return consumer
  }
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  return { topics, consumers, start: () => WatchedTasks.start({ consume, topics, logger }) }
}

async function started(set: ReturnType<typeof stage>): Promise<WatchedTasks> {
  const tasks = await set.start()
  onTestFinished(() => tasks.stop(0))
  return tasks
}

describe('tasks whose topics are looked at', () => {
  it('are not worked on before the topics are as they must be', async () => {
    const set = stage()
    set.topics.set(true)
    const starting = started(set)
    await Promise.resolve()
    expect(set.consumers).toEqual([])
    set.topics.set(false)
    expect((await starting).tasks).toEqual(['lane-0'])
  })

  it('are left when the topics are found unfit, and joined again when they are put right', async () => {
    const set = stage()
    const tasks = await started(set)
    set.topics.set(true)
    await expect.poll(() => set.consumers[0]?.graceMs).toBe(10_000)
    expect([tasks.tasks, tasks.healthy]).toEqual([[], false])
    set.topics.set(false)
    await expect.poll(() => set.consumers.length).toBe(2)
    await expect.poll(() => tasks.healthy).toBe(true)
  })

  it('end the process for what nobody can mend, and wait where a topic is the reason', async () => {
    const set = stage()
    const tasks = await started(set)
    set.topics.unfit = new TopicsUnfitError(['it is gone'])
    set.consumers[0]?.die()
    await expect.poll(() => tasks.healthy).toBe(false)
    set.topics.set(false)
    await expect.poll(() => set.consumers.length).toBe(2)
    await expect.poll(() => tasks.healthy).toBe(true)
    set.consumers[1]?.die()
    await expect(tasks.ended).rejects.toThrow('stopped for good')
  })

  it.each([new LogUnavailableError('no answer'), new TopicMissingError('gateway.requests')])(
    'are tried again where the group can not be joined: %s',
    async (error) => {
      const set = stage([error])
      expect((await started(set)).healthy).toBe(true)
    },
  )

  it('can not be started where trying again does not help', async () => {
    await expect(stage([new Error('a defect')]).start()).rejects.toThrow('a defect')
  })

  it('are handed back with the grace of the stop', async () => {
    const set = stage()
    const tasks = await started(set)
    await tasks.stop(77)
    expect(set.consumers[0]?.graceMs).toBe(77)
    await expect(tasks.ended).resolves.toBeUndefined()
  })
})
