import { describe, expect, it } from 'vitest'
import { A, B, bench, C, MIDNIGHT, TOMORROW } from './testing/egress-bench.ts'
import { broken } from './testing/fake-gateway.ts'

describe('the day in China', () => {
  it('BTN-5: a request whose date has passed unsent goes back to be signed again, with its number', async () => {
    const world = bench()
    world.now = MIDNIGHT + 1_000
    const offset = world.request(A)
    world.start()
    await world.until(() => world.toSign().length === 1, 'the request to sign again')
    const { lines, payer } = world.signed(A)
    expect(world.toSign()[0]).toEqual({
      partner: 'shop', batchNo: A, notBefore: TOMORROW, signing: 2, reason: 'expired', payer, lines, resubmission: false,
    }) // biome-ignore format: one record
    expect(world.gateway.arrived).toEqual([])
    expect(world.committed).toBe(offset + 1)
    // Signed again, it is sent on its new day, as the first attempt.
    world.request(A, { payDate: TOMORROW, signing: 2 })
    world.now = MIDNIGHT + 30_000
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
    expect(world.gateway.bodies[0]?.toString()).toContain(`pay_date=${TOMORROW}`)
  })

  it('BTN-5: what waits over midnight is signed again and forgotten here; an earlier signing read again is skipped', async () => {
    const world = bench()
    world.person('stopped')
    world.request(A)
    const first = world.start()
    await world.until(() => world.attempts(A).length === 1, 'the record of the deferred request')
    world.now = MIDNIGHT + 1_000
    await world.until(() => world.toSign().length === 1, 'the request to sign again')
    expect(world.attempts(A)).toEqual(['deferred 0', 'forgotten'])
    world.request(A, { payDate: TOMORROW, signing: 2 })
    await world.until(() => world.attempts(A).length === 3, 'the second signing waits')
    first.session.kill()
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.start()
    await world.until(() => world.committed === 2, 'both read again')
    expect(world.toSign().length).toBe(1)
    expect(world.gateway.arrived).toEqual([])
    world.person('goes')
    world.now = MIDNIGHT + 30_000
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.gateway.bodies.map(String)).toEqual([`batch_no=${A}&pay_date=${TOMORROW}`])
  })

  it('BTN-5: an attempted batch whose date has passed is never signed again: its last word is that nobody knows', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the unknown answer')
    world.now = MIDNIGHT + 1
    await world.until(() => world.answers().length === 2, 'the last word')
    expect(world.answersTo(A)).toEqual(['1 unknown TIMED_OUT', '1 unknown PAY_DATE_PASSED final'])
    expect(world.answers()[1]).toMatchObject({ sentAt: null, httpStatus: null, body: null })
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'closed 1'])
    expect(world.toSign()).toEqual([])
    const ids = world.lane.records('gateway.answers').map(({ headers }) => headers.ce_id)
    expect(new Set(ids).size).toBe(2)
  })

  it('BTN-5: nothing is sent in the last 30 seconds of a day, nor in the first 30 of the next', async () => {
    const world = bench()
    world.now = MIDNIGHT - 29_999
    world.request(A)
    world.request(B, { payDate: TOMORROW })
    world.start()
    await world.until(() => world.committed === 2, 'both written down')
    await world.rounds()
    expect(world.attempts(A)).toEqual(['deferred 0'])
    expect(world.attempts(B)).toEqual(['deferred 0'])
    expect(world.gateway.arrived).toEqual([])
    world.now = MIDNIGHT
    await world.until(() => world.toSign().length === 1, 'A signed again')
    expect(world.toSign()[0]?.batchNo).toBe(A)
    world.request(C, { payDate: TOMORROW })
    world.now = MIDNIGHT + 29_999
    await world.until(() => world.attempts(C).length === 1, 'C written down')
    await world.rounds()
    expect(world.attempts(C)).toEqual(['deferred 0'])
    expect(world.gateway.arrived).toEqual([])
    world.now = MIDNIGHT + 30_000
    await world.until(() => world.answers().length === 2, 'B and C answered')
    expect(world.answersTo(B)).toEqual(['1 accepted - final'])
  })

  it('BTN-5: an intent whose transaction took until midnight is not sent', async () => {
    const world = bench()
    world.now = MIDNIGHT - 60_000
    world.request(A)
    world.lane.beforeCommit = () => {
      world.now = MIDNIGHT - 20_000
    }
    world.start()
    await world.until(() => world.attempts(A).length === 1, 'the intent')
    world.lane.beforeCommit = () => undefined
    await world.rounds()
    world.now = MIDNIGHT
    await world.until(() => world.answers().length === 1, 'the last word')
    expect(world.answersTo(A)).toEqual(['1 unknown PAY_DATE_PASSED final'])
    expect(world.gateway.arrived).toEqual([])
  })
})
