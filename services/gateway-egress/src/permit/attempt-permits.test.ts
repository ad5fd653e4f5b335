import { FakeSwitches } from '@payout/runtime/testing/fake-switches'
import { Codec } from '@payout/schemas/codec'
import { describe, expect, it } from 'vitest'
import { type Acquisition, type AttemptPermit, AttemptPermits } from './attempt-permits.ts'
import { PartnerBreakers } from './partner-breakers.ts'
import { PartnerStops, stopByAnswer } from './partner-stops.ts'
import { Slots } from './slots.ts'

const lane = { wake: () => undefined }
const BATCH = { file: false } as const
const RETURN_FILE = { file: true } as const

function world({ concurrency = 1 }: { concurrency?: number } = {}) {
  const clock = { now: () => 1_000_000 }
  const stops = new PartnerStops(new FakeSwitches({ records: () => [], ...clock, codec: new Codec() }), clock)
  const partnerSlots = new Slots(() => concurrency)
  const fileSlots = new Slots(() => 1)
  const breakers = new PartnerBreakers({ unknowns: 1, openMs: 60_000 }, () => undefined)
  const dependencies = { knowsPartner: (alias: string) => alias !== 'nobody', stops, breakers, partnerSlots, fileSlots }
  return { ...dependencies, permits: () => new AttemptPermits(dependencies, lane) }
}

function permitOf(acquisition: Acquisition): AttemptPermit {
  if (acquisition.kind === 'denied') throw new Error(acquisition.code)
  return acquisition.permit
}

async function openBreaker({ breakers }: ReturnType<typeof world>): Promise<void> {
  const breaker = breakers.of('shop')
  await breaker.run(breaker.admit(), async () => ({ unknown: true }))
}

describe('AttemptPermits', () => {
  it('denies a permit to a partner that is not known', () => {
    const { permits } = world()
    expect(permits().tryAcquire('nobody', BATCH)).toEqual({ kind: 'denied', code: 'PARTNER_UNKNOWN' })
  })

  it('S5.6: denies it to a stopped partner', () => {
    const { permits, stops } = world()
    const cause = { partner: 'shop', key: 'shop/A', lane: 0, attempt: 1 }
    stops.forLane().begin(stopByAnswer(cause, { code: 'ILLEGAL_SIGN', until: undefined, at: 1 }))
    expect(permits().tryAcquire('shop', BATCH)).toEqual({ kind: 'denied', code: 'PARTNER_STOPPED' })
    expect(permits().tryAcquire('other', BATCH).kind).toBe('acquired')
  })

  it('S5.7: denies it while the breaker is open', async () => {
    const stage = world()
    await openBreaker(stage)
    expect(stage.permits().tryAcquire('shop', BATCH)).toEqual({ kind: 'denied', code: 'BREAKER_OPEN' })
  })

  it('denies it to a partner that has as many calls as it may', () => {
    const { permits } = world({ concurrency: 2 })
    const draft = permits()
    expect([draft.tryAcquire('shop', BATCH).kind, draft.tryAcquire('shop', BATCH).kind]).toEqual([
      'acquired',
      'acquired',
    ])
    expect(draft.tryAcquire('shop', BATCH)).toEqual({ kind: 'denied', code: 'PARTNER_BUSY' })
  })

  it('denies it to a second return file, whosever it is', () => {
    const draft = world().permits()
    expect(draft.tryAcquire('shop', RETURN_FILE).kind).toBe('acquired')
    expect(draft.tryAcquire('other', RETURN_FILE)).toEqual({ kind: 'denied', code: 'FILE_BUSY' })
    // It is no denial of the partner: its batches go on.
    expect(draft.tryAcquire('other', BATCH).kind).toBe('acquired')
  })

  it('keeps a denial of a partner for the whole draft, so that its requests keep their order', () => {
    const { permits } = world()
    const draft = permits()
    const permit = permitOf(draft.tryAcquire('shop', BATCH))
    expect(draft.tryAcquire('shop', BATCH).kind).toBe('denied')
    permit.withdraw()
    expect(draft.tryAcquire('shop', BATCH)).toEqual({ kind: 'denied', code: 'PARTNER_BUSY' })
    expect(draft.tryAcquire('shop', RETURN_FILE)).toEqual({ kind: 'denied', code: 'PARTNER_BUSY' })
    expect(permits().tryAcquire('shop', BATCH).kind).toBe('acquired')
  })

  it.each([
    ['a partner that is not known', 'nobody', async () => undefined],
    ['an open breaker', 'shop', openBreaker],
  ] as const)('takes nothing where it denies for %s', async (_what, partner, prepare) => {
    const stage = world()
    await prepare(stage)
    expect(stage.permits().tryAcquire(partner, RETURN_FILE).kind).toBe('denied')
    expect(stage.partnerSlots.underWay(partner)).toBe(0)
    expect(stage.permits().tryAcquire('other', RETURN_FILE).kind).toBe('acquired')
  })

  it('lets the lane leave the lines in which it was not denied in this draft', () => {
    const { permits, partnerSlots } = world()
    const other = { wake: () => undefined }
    const first = permitOf(permits().tryAcquire('shop', BATCH))
    const denied = permits()
    expect(denied.tryAcquire('shop', BATCH).kind).toBe('denied')
    denied.leaveOtherLines()
    first.withdraw()
    // The lane stands in line before the other.
    expect(partnerSlots.take('shop', other)).toBe(false)
    permits().leaveOtherLines()
    expect(partnerSlots.take('shop', other)).toBe(true)
  })
})

describe('a permit', () => {
  it('gives the slot of its partner back when its call has ended, whatever came of it', async () => {
    const { permits, partnerSlots } = world()
    const permit = permitOf(permits().tryAcquire('shop', BATCH))
    expect(partnerSlots.underWay('shop')).toBe(1)
    await permit.run(async () => ({ unknown: false }))
    expect(partnerSlots.underWay('shop')).toBe(0)
    const next = permitOf(permits().tryAcquire('shop', BATCH))
    await expect(next.run(() => Promise.reject(new Error('a defect')))).rejects.toThrow('a defect')
    expect(partnerSlots.underWay('shop')).toBe(0)
  })

  it('keeps the slot for return files until it is released, once', async () => {
    const { permits } = world()
    const permit = permitOf(permits().tryAcquire('shop', RETURN_FILE))
    await permit.run(async () => ({ unknown: false }))
    expect(permits().tryAcquire('other', RETURN_FILE).kind).toBe('denied')
    permit.releaseFileSlot()
    const next = permits().tryAcquire('other', RETURN_FILE)
    expect(next.kind).toBe('acquired')
    permit.releaseFileSlot()
    expect(permits().tryAcquire('third', RETURN_FILE).kind).toBe('denied')
  })

  it('that is withdrawn gives everything back', () => {
    const { permits, partnerSlots } = world()
    permitOf(permits().tryAcquire('shop', RETURN_FILE)).withdraw()
    expect(partnerSlots.underWay('shop')).toBe(0)
    expect(permits().tryAcquire('shop', RETURN_FILE).kind).toBe('acquired')
  })
})
