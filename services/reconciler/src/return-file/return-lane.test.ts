import { describe, expect, it } from 'vitest'
import { fileEvents, giveFileCommand, giveServiceAnswer, statesOf } from '../testing/lane-records.ts'
import { HOUR, NOON, ReconcilerBench } from '../testing/reconciler-bench.ts'
import { fileAnswer, takenFile } from '../testing/return-fixture.ts'

const DAY = 24 * HOUR

/** A bench whose lane has the return files of beta, which are fetched from 13:00 on. */
function benchOf(days: number): ReconcilerBench {
  const bench = new ReconcilerBench()
  Object.assign(bench.dependencies, {
    partners: [
      { alias: 'beta', returnFiles: { time: '13:00', days } },
      // In another lane, and without a schedule.
      { alias: 'acme', returnFiles: { time: '00:00', days } },
      { alias: 'gamma', returnFiles: undefined },
    ],
  })
  return bench
}

/** Dates of the requests that the signer was asked for. */
function asked(bench: ReconcilerBench): string[] {
  return bench.asked('gateway.GatewayServiceToSign').map(({ partner, service, parameters }) => {
    expect([partner, service, parameters.length]).toEqual(['beta', 'bptb_refund_file', 1])
    return parameters[0]?.value ?? ''
  })
}

/** Answers all requests from the n-th on, in order. */
function answerFrom(bench: ReconcilerBench, from: number, changes: Parameters<typeof fileAnswer>[1]): number {
  const requests = bench.asked('gateway.GatewayServiceToSign')
  for (const { requestId } of requests.slice(from))
    giveServiceAnswer(bench, fileAnswer(requestId, { partner: 'beta', ...changes }))
  return requests.length
}

describe('the schedule in its lane', () => {
  it('runs once its time has come, three files at a time, latest first', async () => {
    const bench = benchOf(5)
    bench.clock.at = NOON + HOUR - 1
    await bench.run()
    expect(asked(bench)).toEqual([])
    bench.clock.at = NOON + HOUR
    await bench.run()
    await bench.run()
    expect(asked(bench)).toEqual(['20261120', '20261119', '20261118'])
    answerFrom(bench, 0, { file: takenFile() })
    await bench.run()
    expect(asked(bench).slice(3)).toEqual(['20261117', '20261116'])
    answerFrom(bench, 3, { file: takenFile() })
    await bench.run()
    expect(asked(bench)).toHaveLength(5)
    expect(fileEvents(bench)).toHaveLength(5)
  })

  it('a crash between, and a restart, neither lose nor repeat a run', async () => {
    const bench = benchOf(2)
    bench.clock.at = NOON + 2 * HOUR
    bench.lane.beforeCommit = () => {
      throw new Error('crash')
    }
    await expect(bench.run()).rejects.toThrow('crash')
    expect(bench.lane.records('gateway.states')).toEqual([])
    bench.lane.beforeCommit = () => undefined
    for (let n = 0; n < 3; n++) await bench.run()
    expect(asked(bench)).toHaveLength(2)
    expect(bench.lane.commits).toHaveLength(1)
    expect(statesOf(bench).get('beta/return-schedule')?.value).toMatchObject({ lastRun: '20261121' })
  })

  it('asks again each day, and in a day again where that may help', async () => {
    const bench = benchOf(1)
    bench.clock.at = NOON + 2 * HOUR
    await bench.run()
    answerFrom(bench, 0, { outcome: 'refused', code: 'FILE_NOT_MADE' })
    await bench.run()
    bench.clock.at += HOUR - 1
    await bench.run()
    expect(asked(bench)).toHaveLength(1)
    bench.clock.at += 1
    await bench.run()
    expect(asked(bench)).toHaveLength(2)
    answerFrom(bench, 1, { file: takenFile() })
    bench.clock.at = NOON + DAY + 2 * HOUR
    await bench.run()
    await bench.run()
    expect(asked(bench)).toEqual(['20261120', '20261120', '20261121'])
    expect(fileEvents(bench).map(({ name }) => name)).toEqual([
      'payout.PayoutReturnFileFailed',
      'payout.PayoutReturnFileRead',
    ])
    expect(new Set(bench.asked('gateway.GatewayServiceToSign').map(({ requestId }) => requestId)).size).toBe(3)
  })

  it('days on which nothing came back make no event, and are forgotten after sixty days', async () => {
    const bench = benchOf(1)
    bench.clock.at = NOON + 2 * HOUR
    for (let asks = 0; asks < 3; asks++) {
      await bench.run()
      answerFrom(bench, asks, { outcome: 'refused', code: 'DOWNLOAD_FAILED' })
      await bench.run()
      bench.clock.at += HOUR
    }
    expect(asked(bench)).toEqual(['20261120', '20261120', '20261120'])
    expect(bench.lane.records('payout.events')).toEqual([])
    expect(await bench.metrics.registry.getSingleMetricAsString('reconciler_return_files_total')).toContain(
      '{partner="beta",outcome="nothing",service="reconciler"} 1',
    )
    Object.assign(bench.dependencies, { partners: [] })
    bench.clock.at += 60 * DAY
    await bench.run()
    expect([...statesOf(bench).keys()].sort()).toEqual(['beta/return-schedule'])
  })
})

describe('a command for a file', () => {
  it('is asked for at once, before what the schedule waits for', async () => {
    const bench = benchOf(5)
    bench.clock.at = NOON + HOUR
    await bench.run()
    giveFileCommand(bench, 'beta', '20101218')
    await bench.run()
    expect(asked(bench)).toHaveLength(3)
    answerFrom(bench, 0, { outcome: 'refused', code: 'DOWNLOAD_FAILED' })
    await bench.run()
    expect(asked(bench)[3]).toBe('20101218')
  })

  it('however short the pause before the next request: one may be sent for ten minutes', async () => {
    const bench = benchOf(5)
    Object.assign(bench.dependencies.settings.returnFiles, { againMs: 1_000 })
    giveFileCommand(bench, 'beta', '20101218')
    await bench.run()
    expect(bench.asked('gateway.GatewayServiceToSign')[0]?.sendBefore).toBe(NOON + HOUR / 6)
  })

  it('asked for in one run, and twice the same day: one request, one event', async () => {
    const bench = benchOf(5)
    giveFileCommand(bench, 'beta', '20101218')
    giveFileCommand(bench, 'beta', '20101218')
    await bench.run()
    expect(asked(bench)).toEqual(['20101218'])
    expect(bench.asked('gateway.GatewayServiceToSign')[0]?.sendBefore).toBe(NOON + HOUR)
    answerFrom(bench, 0, { file: takenFile({ fileDate: '20101218' }) })
    await bench.run()
    const [record] = bench.lane.records('payout.events')
    expect(record?.key?.toString()).toBe('beta/return-file/20101218')
    expect(fileEvents(bench)).toHaveLength(1)
  })

  it('one of forty days ago is not fetched again: it came, and was forgotten', async () => {
    const bench = benchOf(5)
    giveFileCommand(bench, 'beta', '20101218', NOON - 40 * DAY)
    await bench.run()
    expect(asked(bench)).toEqual([])
    expect(fileEvents(bench)).toMatchObject([
      {
        value: {
          reason: 'COMMAND_TOO_OLD',
          againAt: null,
          evidence: { kind: 'command', source: { topic: 'payout.commands' } },
        },
      },
    ])
  })
})

describe('a partner that was taken out of the partners file', () => {
  it('its files are asked for no more; a command is told, the schedule is not', async () => {
    const bench = benchOf(1)
    bench.clock.at = NOON + HOUR
    giveFileCommand(bench, 'beta', '20101218')
    await bench.run()
    await bench.run()
    expect(asked(bench)).toEqual(['20261120', '20101218'])
    answerFrom(bench, 0, { outcome: 'refused', code: 'FILE_NOT_MADE' })
    await bench.run()
    expect(fileEvents(bench)).toHaveLength(2)
    Object.assign(bench.dependencies, { partners: [] })
    await bench.run()
    bench.clock.at += DAY
    await bench.run()
    expect(asked(bench)).toHaveLength(2)
    expect(fileEvents(bench).slice(2)).toMatchObject([
      { value: { fileDate: '20101218', reason: 'UNKNOWN_PARTNER', againAt: null } },
    ])
    const files = [...statesOf(bench)].filter(([key]) => key.includes('return-file'))
    expect(files.map(([, { value }]) => 'nextAt' in value && value.nextAt)).toEqual([null, null])
    // A command that the signer still took: told at once.
    giveFileCommand(bench, 'beta', '20101219')
    await bench.run()
    await bench.run()
    expect(fileEvents(bench).at(-1)?.value).toMatchObject({ fileDate: '20101219', reason: 'UNKNOWN_PARTNER' })
    expect(asked(bench)).toHaveLength(2)
  })
})
