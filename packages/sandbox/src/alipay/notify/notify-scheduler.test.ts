import { afterEach, describe, expect, it, vi } from 'vitest'
import { NotifyScheduler } from './notify-scheduler.ts'

const MINUTE = 60_000

/** A scheduler whose merchant gives these answers in turn, and the times (in minutes) and ids at which it was asked. */
function schedulerWith(answers: readonly string[], timeScale = 1) {
  const started = Date.now()
  const sent: { readonly minute: number; readonly body: string }[] = []
  const acknowledged: string[] = []
  const scheduler = new NotifyScheduler<string>({
    post: {
      send: async (_url, _type, body) => {
        sent.push({ minute: (Date.now() - started) / MINUTE, body: String(body) })
        return { status: 200, body: answers[sent.length - 1] ?? 'fail' }
      },
    },
    concurrency: 2,
    timeScale,
    write: ({ notifyId, sent: times }) => ({ contentType: 'text/plain', body: `${notifyId} ${times}` }),
    fault: () => ({ twice: false, hangUp: false }),
    onSent: () => undefined,
    onAcknowledged: ({ notifyId }) => acknowledged.push(notifyId),
  })
  const notify = scheduler.add({ notifyId: 'n1', alias: 'shop', batchNo: 'b', url: 'http://127.0.0.1/', content: '' })
  scheduler.schedule(notify, 0)
  return { scheduler, notify, sent, acknowledged }
}

describe('the schedule of a notify', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('BTN-14: sends again with the same notify_id after 2m, 10m, 10m, 1h, 2h, 6h, 15h', async () => {
    vi.useFakeTimers()
    const { scheduler, sent } = schedulerWith([])
    await vi.advanceTimersByTimeAsync(7 * 24 * 60 * MINUTE)
    // batch_trans_notify_no_pwd 1.3 §7.2: eight sendings, the last one after 24 hours and 22 minutes.
    expect(sent.map(({ minute }) => minute)).toEqual([0, 2, 12, 22, 82, 202, 562, 24 * 60 + 22])
    expect(new Set(sent.map(({ body }) => body.split(' ')[0]))).toEqual(new Set(['n1']))
    expect(scheduler.counts()).toMatchObject({ total: 1, abandoned: 1, acknowledged: 0, open: 0 })
  })

  it.each(['SUCCESS', ' success', 'success\n', '\ufeffsuccess', 'successs', '', '<p>success</p>'])(
    'BTN-14: goes on after an answer of %j',
    async (answer) => {
      vi.useFakeTimers()
      const { sent, acknowledged } = schedulerWith([answer, 'success'])
      await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE)
      expect(sent.length).toBe(2)
      expect(acknowledged).toEqual(['n1'])
    },
  )

  it('stops at the first success', async () => {
    vi.useFakeTimers()
    const { sent, scheduler } = schedulerWith(['success'])
    await vi.advanceTimersByTimeAsync(48 * 60 * MINUTE)
    expect(sent.length).toBe(1)
    expect(scheduler.counts()).toMatchObject({ acknowledged: 1, open: 0 })
  })

  it('is divided by the time scale', async () => {
    vi.useFakeTimers()
    const { sent } = schedulerWith([], 60)
    await vi.advanceTimersByTimeAsync(25 * MINUTE)
    expect(sent.map(({ minute }) => Math.round(minute * 60))).toEqual([0, 2, 12, 22, 82, 202, 562, 1462])
  })

  it('waits while notifies are held, and sends what fell due when they are let go', async () => {
    vi.useFakeTimers()
    const { scheduler, sent } = schedulerWith(['fail', 'success'])
    scheduler.hold('shop')
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(sent.length).toBe(1)
    expect(scheduler.counts().held).toBe(1)
    scheduler.release('shop')
    await vi.advanceTimersByTimeAsync(0)
    expect(sent.length).toBe(2)
  })
})
