import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SharedQuestion } from './shared-question.ts'

const PAUSE_MS = 100

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

/** Questions are answered by hand, each with its number. */
function asking() {
  const questions: PromiseWithResolvers<number>[] = []
  const shared = new SharedQuestion(() => {
    const question = Promise.withResolvers<number>()
    questions.push(question)
    return question.promise
  }, PAUSE_MS)
  return { shared, questions }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

describe('SharedAsking', () => {
  it('asks at once, and shares the answer with all who came before the question was asked', async () => {
    const { shared, questions } = asking()
    const answers = Promise.all([shared.ask(), shared.ask(), shared.ask()])
    await pass(0)
    expect(questions).toHaveLength(1)
    questions[0]?.resolve(7)
    expect(await answers).toEqual([7, 7, 7])
  })

  it('gives no one an answer to a question that was asked before they came', async () => {
    const { shared, questions } = asking()
    const first = shared.ask()
    await pass(0)
    const second = shared.ask()
    await pass(PAUSE_MS)
    expect(questions).toHaveLength(1)
    questions[0]?.resolve(1)
    expect(await first).toBe(1)
    await pass(0)
    questions[1]?.resolve(2)
    expect(await second).toBe(2)
  })

  it('asks no more often than its pause allows, however many come', async () => {
    const { shared, questions } = asking()
    for (let ms = 1; ms < 1_000; ms++) {
      void shared.ask()
      await pass(1)
      for (const question of questions) question.resolve(0)
    }
    expect(questions).toHaveLength(10)
  })

  it('rejects as the question does, and asks again', async () => {
    const { shared, questions } = asking()
    const failed = expect(shared.ask()).rejects.toThrow('Kafka is away')
    await pass(0)
    questions[0]?.reject(new Error('Kafka is away'))
    await failed
    const next = shared.ask()
    await pass(PAUSE_MS)
    questions[1]?.resolve(3)
    expect(await next).toBe(3)
  })
})
