import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EgressLag } from './egress-lag.ts'

let asked = 0
let end = 0
let answer: Promise<void>
let lag: EgressLag

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  asked = 0
  end = 0
  answer = Promise.resolve()
  lag = new EgressLag({
    offsets: async () => {
      asked++
      await answer
      return [{ beginning: 0, end }]
    },
    committed: async () => [2],
  })
})
afterEach(() => vi.useRealTimers())

describe('EgressLag', () => {
  it('waits for no answer, and has it at hand the next time', async () => {
    end = 7
    expect(lag.requests()).toBe(0)
    await vi.advanceTimersByTimeAsync(10)
    expect(lag.requests()).toBe(5)
    expect(asked).toBe(1)
  })

  it('asks for as long as there is a queue, so that the answer is never too old, and then no more', async () => {
    end = 7
    lag.requests()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(lag.requests()).toBe(5)
    end = 2
    await vi.advanceTimersByTimeAsync(10_000)
    const before = asked
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toBe(before)
  })

  it('asks about twice a second at the most, however often it is wanted', async () => {
    end = 7
    for (let at = 0; at < 100; at++) {
      lag.requests()
      await vi.advanceTimersByTimeAsync(100)
    }
    expect(asked).toBeLessThanOrEqual(21)
  })

  it('counts nothing where Kafka has not answered within a second', async () => {
    end = 7
    lag.requests()
    await vi.advanceTimersByTimeAsync(10)
    answer = new Promise(() => undefined)
    await vi.advanceTimersByTimeAsync(1_100)
    expect(lag.requests()).toBe(0)
  })

  it('counts nothing where Kafka is away', async () => {
    end = 7
    answer = Promise.reject(new Error('away'))
    lag.requests()
    await vi.advanceTimersByTimeAsync(10)
    expect(lag.requests()).toBe(0)
  })
})
