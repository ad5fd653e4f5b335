import { PipelineError } from '@payout/schemas/error'
import { describe, expect, it } from 'vitest'
import { errorSummary, logger } from './logging.ts'

function lines(level: 'info' | 'warn' = 'info') {
  const written: Record<string, unknown>[] = []
  const log = logger('signer', level, { write: (line) => written.push(JSON.parse(line)) })
  return { log, written }
}

describe('a log line', () => {
  it('is JSON with service, level and time as text', () => {
    const { log, written } = lines()
    log.info({ lane: 3 }, 'started')
    expect(written).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        service: 'signer',
        lane: 3,
        msg: 'started',
      },
    ])
  })

  it('holds nothing that a terminal obeys, and says the same', () => {
    const written: string[] = []
    const log = logger('signer', 'info', { write: (line) => written.push(line) })
    const hostile = 'a\u001b[2K\u009b2K\r\n\u007f\u0085\u202e\ufeffb'
    log.child({ topic: hostile }).warn({ err: new PipelineError('X', hostile) }, hostile)
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^[\u0020-\u007e]+\n$/)
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ topic: hostile, err: { message: hostile }, msg: hostile })
  })

  it('is left out below the level', () => {
    const { log, written } = lines('warn')
    log.info('nothing')
    expect(written).toEqual([])
  })

  it.each(['partnerId', 'signingKey', 'password', 'sign', 'body', 'payeeName', 'payeeAccount', 'email'])(
    'MAPI-14: hides %s, by itself and in what carries it',
    (field) => {
      const { log, written } = lines()
      log.info(
        { [field]: 'geheim', partner: { alias: 'acme', [field]: 'geheim' }, request: { [field]: 'geheim' } },
        'x',
      )
      expect(JSON.stringify(written)).not.toContain('geheim')
      expect(written[0]).toMatchObject({ [field]: '[private]', partner: { alias: 'acme' } })
    },
  )

  it('MAPI-14: reduces an error to code, message and causes', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      command: { args: ['geheim'] },
    })
    const error = Object.assign(new PipelineError('REDIS_UNAVAILABLE', 'Redis is away', { cause }), {
      request: 'geheim',
    })
    const { log, written } = lines()
    log.error({ err: error }, 'x')
    expect(written[0]?.err).toEqual({
      name: 'PipelineError',
      code: 'REDIS_UNAVAILABLE',
      message: 'Redis is away',
      cause: { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
    })
  })

  it("MAPI-14: hides partner ids in the words of other libraries' errors", () => {
    expect(errorSummary(new Error('no route for partner=2088101122334455&x')).message).toBe(
      'no route for partner=2088…&x',
    )
    expect(errorSummary('2088101122334455').message).toBe('2088…')
  })
})

describe('the summary of an error', () => {
  it('says where an error without a code was thrown, as nobody expected it', () => {
    const summary = errorSummary(new TypeError('x is not a function'))
    expect(summary).toMatchObject({
      name: 'TypeError',
      message: 'x is not a function',
      at: expect.arrayContaining([expect.stringMatching(/^at /)]),
    })
  })

  it('ends where causes go in a circle', () => {
    const error = new Error('a')
    error.cause = error
    expect(JSON.stringify(errorSummary(error)).match(/"message":"a"/g)).toHaveLength(5)
  })
})
