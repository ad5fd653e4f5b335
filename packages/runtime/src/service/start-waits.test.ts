import { PipelineError } from '@payout/schemas/error'
import { describe, expect, it } from 'vitest'
import { StartWaits } from './start-waits.ts'

class AwayError extends PipelineError {
  constructor(message = 'it does not answer') {
    super('AWAY', message)
  }
}

function waits() {
  const stopping = new AbortController()
  const lines: string[] = []
  const logger = {
    warn: (_fields: unknown, message: string) => void lines.push(`warn ${message}`),
    info: (_fields: unknown, message: string) => void lines.push(`info ${message}`),
  } as unknown as ConstructorParameters<typeof StartWaits>[0]
  return { waits: new StartWaits(logger, stopping.signal), stopping, lines }
}

const isAway = (error: unknown) => error instanceof AwayError

describe('what a start waits for', () => {
  it('is asked for until it is there, and said once meanwhile', async () => {
    const { waits: starts, lines } = waits()
    let asked = 0
    const answer = await starts.until('Redis', async () => (++asked < 3 ? Promise.reject(new AwayError()) : 7), isAway)
    expect(answer).toBe(7)
    expect(lines).toEqual(['warn the start waits', 'info the start goes on'])
    expect(starts.words).toBeUndefined()
  })

  it('is named with what was heard of it last', async () => {
    const { waits: starts, stopping } = waits()
    const redis = starts.until('Redis', () => Promise.reject(new AwayError('nobody is there')), isAway)
    const kafka = starts.until('Kafka', () => new Promise(() => undefined), isAway)
    const ended = Promise.allSettled([redis, kafka])
    await expect
      .poll(() => starts.words)
      .toMatch(/^waits for Redis since \d+ s: nobody is there; waits for Kafka since \d+ s$/)
    stopping.abort()
    await ended
  })

  it.each<[string, () => Promise<never>]>([
    ['never answers', () => new Promise(() => undefined)],
    ['always refuses', () => Promise.reject(new AwayError())],
  ])('is given up when the process is asked to stop, where it %s', async (_what, ask) => {
    const { waits: starts, stopping } = waits()
    const waiting = starts.until('Kafka', ask, isAway)
    const ended = expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    stopping.abort()
    await ended
    await expect(starts.until('Kafka', ask, isAway)).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('is not asked for again where that does not help', async () => {
    await expect(waits().waits.until('Redis', () => Promise.reject(new Error('unfit')), isAway)).rejects.toThrow(
      'unfit',
    )
  })
})
