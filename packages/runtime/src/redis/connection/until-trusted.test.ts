import { expect, it, vi } from 'vitest'
import { RedisUnavailableError } from '../errors.ts'
import type { RedisTrust } from '../port.ts'
import { untilTrusted } from './until-trusted.ts'

const never = new AbortController().signal

function waiting(...answers: (RedisTrust | Error)[]) {
  const trust = vi.fn(async (): Promise<RedisTrust> => {
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer ?? 'trusted'
  })
  const logger = { warn: vi.fn(), info: vi.fn() }
  return { wait: untilTrusted({ trust }, logger), trust, logger }
}

it('lets a task begin at once where Redis is trusted', async () => {
  const { wait, trust, logger } = waiting('trusted')
  await wait(never)
  expect(trust).toHaveBeenCalledTimes(1)
  expect(logger.warn).not.toHaveBeenCalled()
})

it('S7.1: waits while Redis is away, empty or another server, and says so once', async () => {
  const { wait, trust, logger } = waiting(
    new RedisUnavailableError('away'),
    'no-marker',
    'other-replication-id',
    'trusted',
  )
  await Promise.all([wait(never), wait(never), wait(never)])
  expect(trust).toHaveBeenCalledTimes(4)
  expect(logger.warn).toHaveBeenCalledTimes(1)
  expect(logger.info).toHaveBeenCalledTimes(1)
})

it('ends with the signal', async () => {
  const { wait } = waiting('no-marker')
  await expect(wait(AbortSignal.timeout(20))).rejects.toThrow()
  await expect(waiting('trusted').wait(AbortSignal.abort(new Error('the task went away')))).rejects.toThrow(
    'the task went away',
  )
})

it('passes on what is no matter of waiting', async () => {
  const { wait } = waiting(new RangeError('broken'))
  await expect(wait(never)).rejects.toThrow('broken')
})
