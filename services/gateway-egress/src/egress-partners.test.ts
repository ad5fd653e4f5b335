import { describe, expect, it } from 'vitest'
import { A, B, bench, C, HOUR, MIDNIGHT, NOON, TOMORROW } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

describe('stopped partners', () => {
  it('a code of contract or key stops the partner in the transaction of the answer; what waits has no attempt and goes on later', async () => {
    const world = bench({ concurrency: 1 })
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('ILLEGAL_SIGN') : accepted)
    world.request(A)
    world.request(B)
    world.request(C, { partner: 'other' })
    world.start()
    await world.until(() => world.attempts(B).length === 1 && world.answersTo(C).length === 1, 'B waits, C is answered')
    expect(world.answersTo(A)).toEqual(['1 refused ILLEGAL_SIGN final'])
    const commit = world.lane.commits.find(({ records }) => records.some(({ topic }) => topic === 'gateway.switches'))
    expect(commit?.records).toContainEqual(expect.objectContaining({ topic: 'gateway.answers', key: `shop/${A}` }))
    const [answer] = world.lane.records('gateway.answers')
    expect(world.switches.board.find('partner/shop', 'automatic')).toEqual({
      scope: 'partner/shop',
      origin: 'automatic',
      state: 'stopped',
      at: NOON,
      by: 'gateway-egress',
      why: 'ILLEGAL_SIGN',
      until: null,
      cause: { topic: 'gateway.answers', partition: 0, key: `shop/${A}`, id: answer?.headers.ce_id },
    })
    expect(world.attempts(B)).toEqual(['deferred 0'])
    expect(world.committed).toBe(3)
    world.person('goes')
    await world.until(() => world.answersTo(B).length === 1, 'B goes on')
    expect(world.answersTo(B)).toEqual(['1 accepted - final'])
    expect(world.gateway.arrived.filter((batchNo) => batchNo !== C)).toEqual([A, B])
  })

  it('a balance that is too small stops its partner for the configured time', async () => {
    const world = bench({ balanceStopMs: 60_000 })
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('NOT_ENOUGH_AMOUNT') : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the refusal')
    expect(world.switches.board.find('partner/shop', 'timed')).toMatchObject({
      state: 'stopped',
      why: 'NOT_ENOUGH_AMOUNT',
      at: NOON,
      until: NOON + 60_000,
    })
    world.request(B)
    await world.until(() => world.attempts(B).length === 1, 'B waits')
    world.now += 60_000
    await world.until(() => world.answersTo(B).length === 1, 'B goes on')
  })

  it('S5.7: an attempted batch of a stopped partner stays in doubt, with its attempts', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    const first = world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the unknown answer')
    world.person('stopped')
    world.now += HOUR
    await world.rounds()
    first.session.kill()
    world.start()
    await world.rounds()
    expect(world.attempts(A)).toEqual(['in_doubt 1'])
    expect(world.gateway.count(A)).toBe(1)
    world.person('goes')
    world.gateway.answering = () => refused('ILLEGAL_ARGUMENT')
    await world.until(() => world.answersTo(A).length === 2, 'the second answer')
    expect(world.answersTo(A)[1]).toBe('2 refused ILLEGAL_ARGUMENT final')
  })

  it('a second signing of an attempted batch does not make it one that waits', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the unknown answer')
    world.request(A, { payDate: TOMORROW, signing: 2 })
    await world.until(() => world.attempts(A).length === 2, 'the second signing is written down')
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'in_doubt 1'])
    world.now = MIDNIGHT + 30_000
    await world.until(() => world.answersTo(A).length === 2, 'the second answer')
    expect(world.answersTo(A)[1]).toBe('2 unknown TIMED_OUT')
  })

  it('deferred requests survive a crash, and their offset is committed with them', async () => {
    const world = bench()
    world.person('stopped')
    for (const batchNo of [A, B]) world.request(batchNo)
    const first = world.start()
    await world.until(() => world.committed === 2, 'the offset')
    expect(world.lane.commits).toHaveLength(1)
    first.session.kill()
    world.person('goes')
    world.start()
    await world.until(() => world.answers().length === 2, 'the answers')
    expect(world.gateway.arrived.toSorted()).toEqual([A, B])
  })

  it('a partner that is not in the partners file waits', async () => {
    const world = bench()
    world.request(A, { partner: 'nobody' })
    world.request(B)
    world.start()
    await world.until(() => world.answersTo(B).length === 1 && world.attempts(A).length === 1, 'B answered, A waits')
    expect(world.gateway.arrived).toEqual([B])
  })
})

describe('slow and broken gateways', () => {
  it('a partner has no more calls under way than it may, and never blocks another one', async () => {
    const world = bench({ concurrency: 2, queuedPerPartner: 1_000, undecided: 8 })
    const answer = later()
    const slow = Array.from({ length: 12 }, (_, i) => `20260701000slow${String(i).padStart(17, '0')}`)
    world.gateway.answering = (batchNo) => (batchNo === B ? accepted : answer.reply)
    for (const batchNo of slow) world.request(batchNo)
    world.request(B, { partner: 'other' })
    world.start()
    await world.until(() => world.answersTo(B).length === 1, 'the answer to the other partner')
    expect(world.gateway.arrived.filter((batchNo) => batchNo !== B).length).toBe(2)
    answer.answer(accepted)
    await world.until(() => world.answers().length === 13, 'all answers')
    await world.until(() => world.committed === 13, 'the offset')
    expect(world.gateway.mostOfOne).toBe(1)
    expect(new Set(world.gateway.arrived).size).toBe(13)
    expect(world.gateway.mostAtOnce).toBeLessThanOrEqual(3)
  })

  it('what a busy partner has queued beyond its share is written down as deferred, and sent from there', async () => {
    const world = bench({ concurrency: 1, queuedPerPartner: 1 })
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    world.request(B)
    world.request(C)
    world.start()
    await world.until(() => world.attempts(C).length === 1, 'C waits')
    expect([world.attempts(A), world.attempts(B), world.attempts(C)]).toEqual([['in_doubt 1'], [], ['deferred 0']])
    expect(world.committed).toBe(1)
    answer.answer(accepted)
    await world.until(() => world.answers().length === 3, 'all answers')
    expect([world.answersTo(B), world.answersTo(C)]).toEqual([['1 accepted - final'], ['1 accepted - final']])
  })

  it('an open breaker lets requests wait without an attempt, then one through, then all', async () => {
    const world = bench({ concurrency: 1, breaker: { unknowns: 2, openMs: 40 } })
    let works = false
    world.gateway.answering = () => (works ? accepted : broken('TIMED_OUT'))
    world.request(A)
    world.request(B)
    world.start()
    await world.until(() => world.answers().length === 2, 'two unknown answers')
    world.request(C)
    await world.until(() => world.attempts(C).length === 1, 'C waits')
    expect(world.attempts(C)).toEqual(['deferred 0'])
    works = true
    await world.until(() => world.answersTo(C).length === 1, 'C is let through')
    world.now += HOUR
    await world.until(() => world.answers().length === 5, 'all answers')
  })
})
