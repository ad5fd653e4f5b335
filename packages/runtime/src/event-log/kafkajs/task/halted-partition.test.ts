import { describe, expect, it, onTestFinished } from 'vitest'
import { BatchUndecodableError } from '../../errors.ts'
import { type HaltedSession, watchHalt } from './halted-partition.ts'

const batch = { topic: 'gateway.answers', partition: 3, firstOffset: 4, lastOffset: 5, reason: 'other' } as const
const error = new BatchUndecodableError({ ...batch, bytes: Buffer.alloc(0) })

/** A session that stands before the batch, and what is done with it. */
class Session implements HaltedSession {
  readonly name = 'lane-3'
  readonly told: string[] = []
  readonly #ended = new AbortController()
  #isHalted = true

  get signal(): AbortSignal {
    return this.#ended.signal
  }

  isHalted(): boolean {
    return this.#isHalted && !this.signal.aborted
  }

  halt(): boolean {
    if (!this.isHalted()) return false
    this.told.push('halted')
    return true
  }

  stepOver(): void {
    this.told.push('stepped over')
    this.#isHalted = false
  }

  fetchAgain(): void {
    this.told.push('fetched again')
  }

  goOn(): void {
    this.#isHalted = false
  }

  end(): void {
    this.#ended.abort(new Error('ended'))
  }
}

/** What a watch does while `includes` answers. */
function watch(includes: () => Promise<boolean>) {
  const session = new Session()
  const logged: string[] = []
  const log = (_fields: object, message: string) => void logged.push(message)
  const done = watchHalt(session, error, {
    steppedOver: { includes },
    answerMs: 20,
    pauseMs: 5,
    logger: { debug: log, info: log, warn: log, error: log },
    onHalt: (task) => {
      session.told.push(`alarm for ${task}`)
      return () => void session.told.push('alarm over')
    },
  })
  onTestFinished(async () => {
    session.end()
    await done
  })
  return { session, logged, done }
}

describe('a partition that stands before a batch', () => {
  it('raises no alarm where somebody has stepped over the batch already', async () => {
    const { session, done } = watch(async () => true)
    await done
    expect(session.told).toEqual(['stepped over'])
  })

  it('raises the alarm also where nobody ever answers whether it was stepped over', async () => {
    const { session, logged } = watch(() => new Promise(() => undefined))
    await expect.poll(() => session.told).toContain('alarm for lane-3')
    expect(logged[0]).toContain('nobody knows')
  })

  it('raises one alarm where the question fails, and goes on when it is answered', async () => {
    let asked = 0
    const { session, done } = watch(async () => {
      if (++asked > 3) return true
      throw new Error('away')
    })
    await done
    expect(session.told.filter((what) => what !== 'halted')).toEqual(['alarm for lane-3', 'stepped over', 'alarm over'])
  })

  it('fetches the batch again every so often, and ends the alarm when it could be decoded', async () => {
    let asked = 0
    const { session, done } = watch(async () => {
      if (++asked === 12) session.goOn()
      return false
    })
    await done
    const told = session.told.filter((what) => what !== 'halted')
    expect(told).toEqual(['alarm for lane-3', 'fetched again', 'fetched again', 'alarm over'])
  })

  it('ends with the session, also while it asks', async () => {
    const asking = Promise.withResolvers<void>()
    const { session, logged, done } = watch(() => {
      asking.resolve()
      return new Promise(() => undefined)
    })
    await asking.promise
    session.end()
    await done
    expect(session.told).toEqual([])
    expect(logged).toEqual([])
  })
})
