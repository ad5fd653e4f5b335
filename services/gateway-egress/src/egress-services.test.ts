import { describe, expect, it } from 'vitest'
import { A, B, bench, HOUR, MIDNIGHT, NOON, PARTNER_ID, Q, U } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

const QUERY = 'query_customer_protocol'
const UNSIGN = 'customer_unsign'

describe('one request of another service', () => {
  it('MAPI-16: its answer is recorded, with the closing record and the offset', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    expect(world.answersTo(Q)).toEqual(['1 accepted - final'])
    expect(world.attempts(Q)).toEqual(['in_doubt 1', 'closed 1'])
    expect(world.committed).toBe(1)
    expect(world.serviceAnswers()[0]).toMatchObject({
      partner: 'shop', service: QUERY, httpStatus: 200, contentType: 'text/xml', file: null, sentAt: NOON, answeredAt: NOON,
    }) // biome-ignore format: one answer
    expect(world.serviceAnswers()[0]?.body?.toString()).toContain('<is_success>T</is_success>')
    const [answer] = world.lane.records('gateway.answers')
    expect(answer?.headers).toMatchObject({ ce_id: `answer/shop/${Q}/1`, ce_type: 'gateway.service_answer' })
    expect(answer?.key?.toString()).toBe(`shop/${Q}`)
  })

  it('UNS-4: after a system error the identical request goes out again after a pause', async () => {
    const world = bench()
    world.gateway.answering = (_id, count) => (count === 1 ? refused('ILLEGAL_SYSTEM') : accepted)
    world.requestService(U, UNSIGN)
    world.start()
    await world.until(() => world.answersTo(U).length === 1, 'the first answer')
    await world.rounds()
    expect(world.gateway.count(U)).toBe(1)
    world.now += 1_000
    await world.until(() => world.answersTo(U).length === 2, 'the second answer')
    expect(world.answersTo(U)).toEqual(['1 unknown ILLEGAL_SYSTEM', '2 accepted - final'])
    expect(world.attempts(U)).toEqual(['in_doubt 1', 'in_doubt 2', 'closed 2'])
    expect(world.gateway.bodies[0]).toEqual(world.gateway.bodies[1])
  })

  it('MAPI-16: an answer is recorded whole, since the reconciler reads it', async () => {
    const world = bench()
    const padding = `<!--${'x'.repeat(20_000)}-->`
    const body = Buffer.from(`<alipay>${padding}<is_success>T</is_success><refund_charge>T</refund_charge></alipay>`)
    world.gateway.answering = () => ({ kind: 'answered', status: 200, contentType: 'text/xml', body, cut: false })
    world.requestService(Q, QUERY)
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    expect(world.serviceAnswers()[0]?.body).toEqual(body)
  })

  it('SGN-6: a question is asked again until its time is over, then given up', async () => {
    const world = bench()
    world.gateway.answering = () => refused('GENERIC_FAILURE')
    world.requestService(Q, QUERY)
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the first answer')
    world.now = NOON + HOUR - 1
    await world.until(() => world.answersTo(Q).length === 2, 'the second answer')
    world.now = NOON + HOUR
    await world.until(() => world.answersTo(Q).length === 3, 'the last word')
    await world.rounds()
    expect(world.answersTo(Q).slice(1)).toEqual(['2 unknown GENERIC_FAILURE', '2 unknown GIVEN_UP final'])
    expect(world.serviceAnswers()[2]).toMatchObject({
      sentAt: null,
      httpStatus: null,
      body: null,
      answeredAt: NOON + HOUR,
    })
    expect(world.attempts(Q)).toEqual(['in_doubt 1', 'in_doubt 2', 'closed 2'])
    expect(world.gateway.count(Q)).toBe(2)
  })

  it('UNS-4: a cancelling whose answer nobody saw is sent again, also where payouts are not (RESEND=never)', async () => {
    const world = bench({ resend: 'never' })
    const first = later()
    world.gateway.answering = (_id, count) => (count === 1 ? first.reply : accepted)
    world.requestService(U, UNSIGN)
    const running = world.start()
    await world.until(() => world.gateway.arrived.length === 1, 'the call')
    running.session.kill()
    world.start()
    await world.until(() => world.serviceAnswers().length === 1, 'the answer')
    expect(world.answersTo(U)).toEqual(['2 accepted - final'])
  })

  it('whose time is over when it is read is never sent', async () => {
    const world = bench()
    world.requestService(Q, QUERY, { sendBefore: NOON })
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the last word')
    await world.rounds()
    expect(world.answersTo(Q)).toEqual(['0 unknown NOT_SENT final'])
    expect(world.serviceAnswers()[0]).toMatchObject({ sentAt: null })
    expect(world.attempts(Q)).toEqual(['closed 0'])
    expect(world.committed).toBe(1)
    expect(world.gateway.arrived).toEqual([])
  })

  it('whose intent took until its time was over is not sent', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    world.lane.beforeCommit = () => {
      world.now = NOON + HOUR
    }
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the last word')
    expect(world.answersTo(Q)).toEqual(['1 unknown GIVEN_UP final'])
    expect(world.gateway.arrived).toEqual([])
  })
})

describe('beside batches', () => {
  it('goes out around midnight too, whatever waits there of its partner', async () => {
    const world = bench()
    world.now = MIDNIGHT - 10_000
    world.request(A)
    world.start()
    await world.until(() => world.attempts(A).length === 1, 'the batch waits')
    world.gateway.answering = (id, count) => (id === Q && count === 1 ? broken('TIMED_OUT') : accepted)
    world.requestService(Q, QUERY)
    await world.until(() => world.answersTo(Q).length === 1, 'the first answer')
    world.now += 5_000
    await world.until(() => world.answersTo(Q).length === 2, 'the second answer, from the record behind the batch')
    expect(world.attempts(A)).toEqual(['deferred 0'])
    expect(world.gateway.arrived).toEqual([Q, Q])
  })

  it('takes the slots of its partner, and no more', async () => {
    const world = bench({ concurrency: 1 })
    const first = later()
    world.gateway.answering = (id) => (id === A ? first.reply : accepted)
    world.request(A)
    world.requestService(Q, QUERY)
    world.requestService(U, UNSIGN, { partner: 'other' })
    world.start()
    await world.until(() => world.answersTo(U).length === 1, "the other partner's answer")
    await world.rounds()
    expect(world.gateway.count(Q)).toBe(0)
    first.answer(accepted)
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
  })

  it('waits while its partner is stopped, and is not sent when its time is over meanwhile', async () => {
    const world = bench()
    world.person('stopped')
    world.requestService(Q, QUERY)
    world.requestService(U, UNSIGN, { sendBefore: NOON + 2 * HOUR })
    world.start()
    await world.until(() => world.committed === 2, 'both wait')
    expect([world.attempts(Q), world.attempts(U)]).toEqual([['deferred 0'], ['deferred 0']])
    world.now = NOON + HOUR
    await world.until(() => world.answersTo(Q).length === 1, 'the last word')
    expect(world.answersTo(Q)).toEqual(['0 unknown NOT_SENT final'])
    world.person('goes')
    await world.until(() => world.answersTo(U).length === 1, 'the other goes on')
    expect(world.gateway.arrived).toEqual([U])
  })

  it('never stops its partner: with a code of key or contract the batches go on', async () => {
    const world = bench()
    world.gateway.answering = (id) => (id === A ? accepted : refused('ILLEGAL_SIGN'))
    world.requestService(Q, QUERY)
    world.requestService(U, UNSIGN)
    world.start()
    await world.until(() => world.serviceAnswers().length === 2, 'both refusals')
    expect(world.answersTo(U)).toEqual(['1 refused ILLEGAL_SIGN final'])
    expect(world.stopsOf()).toEqual([])
    world.request(A)
    await world.until(() => world.answersTo(A).length === 1, 'the batch')
  })

  it('what Alipay says about one user leaves the breaker shut; an outage that it meets opens it', async () => {
    const world = bench({ breaker: { unknowns: 2, openMs: 60_000 } })
    let works = true
    world.gateway.answering = (id) => (id === A ? accepted : works ? refused('SYSTEM_ERROR') : broken('TIMED_OUT'))
    world.requestService(Q, QUERY)
    world.requestService(U, UNSIGN)
    world.start()
    await world.until(() => world.serviceAnswers().length === 2, 'two system errors')
    world.request(A)
    await world.until(() => world.answersTo(A).length === 1, 'the batch goes out')
    works = false
    world.now += 1_000
    await world.until(() => world.serviceAnswers().length === 4, 'two calls without an answer')
    world.request(B)
    await world.until(() => world.attempts(B).length === 1, 'the batch waits')
    expect(world.attempts(B)).toEqual(['deferred 0'])
  })
})

describe('crashes, replays and strangers', () => {
  it('a crash between intent and call, and one while the call is under way: it is asked again, each time counted', async () => {
    const world = bench()
    const lost = later()
    world.gateway.answering = (_id, count) => (count === 1 ? lost.reply : accepted)
    world.requestService(Q, QUERY)
    world.lane.afterCommit = (_records, session) => session.kill()
    await world.start().done
    expect(world.attempts(Q)).toEqual(['in_doubt 1'])
    world.lane.afterCommit = () => undefined
    const second = world.start()
    await world.until(() => world.gateway.count(Q) === 1, 'the call')
    second.session.kill()
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    expect(world.answersTo(Q)).toEqual(['3 accepted - final'])
    expect(world.attempts(Q)).toEqual(['in_doubt 1', 'in_doubt 2', 'in_doubt 3', 'closed 3'])
  })

  it('a crash before the intent is committed: nothing was called, and it is read again', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    world.lane.beforeCommit = (_records, session) => session.kill()
    await world.start().done
    expect([world.attempts(Q), world.gateway.arrived, world.committed]).toEqual([[], [], undefined])
    world.lane.beforeCommit = () => undefined
    world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    expect(world.answersTo(Q)).toEqual(['1 accepted - final'])
  })

  it('MAPI-18: offsets that went back: what is closed is not sent again', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    world.request(A)
    const first = world.start()
    await world.until(
      () => world.committed === 2 && world.answersTo(Q).length + world.answersTo(A).length === 2,
      'both answers',
    )
    first.session.kill()
    await first.done
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.start()
    await world.until(() => world.committed === 2, 'both read again')
    await world.rounds()
    expect(world.gateway.arrived.toSorted()).toEqual([A, Q])
    expect(world.answersTo(Q).length).toBe(1)
  })

  it('the same request under its id, signed twice, is one; other content under it halts the lane', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    const running = world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    const body = `service=${QUERY}&partner=${PARTNER_ID}&user_email=user%40example.com&sign=other`
    world.requestService(Q, QUERY, { body: Buffer.from(body) })
    await world.until(() => world.committed === 2, 'the second is skipped')
    expect(world.gateway.arrived).toEqual([Q])
    world.requestService(Q, QUERY, { body: Buffer.from(body.replace('user%40', 'other%40')) })
    expect(await running.done).toMatchObject({ error: { code: 'EGRESS_BATCH_NO_TAKEN' } })
    expect(world.gateway.arrived).toEqual([Q])
  })

  it('a service that this release does not know halts the lane at it', async () => {
    const world = bench()
    const value = {
      partner: 'shop',
      requestId: Q,
      service: 'bptb_pay_file',
      charset: 'utf-8',
      body: Buffer.from('a=b'),
    }
    const cause = { topic: 'gateway.to-sign', partition: 0, offset: 3, line: 0, timestamp: NOON }
    const request = { ...value, sendBefore: NOON + HOUR, signedAt: NOON, cause }
    const framed = world.codec.encode('gateway.GatewayServiceRequest', request)
    world.lane.append({ topic: 'gateway.requests', key: `shop/${Q}`, value: framed, headers: {} })
    expect(await world.start().done).toMatchObject({ error: { code: 'EGRESS_SERVICE_UNKNOWN' } })
    expect(world.gateway.arrived).toEqual([])
  })

  it('last words are removed two days after the time of their request; an old request about which nothing is known is not sent', async () => {
    const world = bench()
    world.requestService(Q, QUERY)
    const first = world.start()
    await world.until(() => world.answersTo(Q).length === 1, 'the answer')
    first.session.stop()
    await first.done
    world.now = NOON + 3 * 24 * HOUR + 1
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.stateStore.held.clear()
    const second = world.start()
    await world.until(() => world.attempts(Q).includes('forgotten'), 'the removal')
    second.session.stop()
    await second.done
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.start()
    await world.until(() => world.answersTo(Q).length === 2, 'the last word')
    expect(world.answersTo(Q)[1]).toBe('0 unknown REQUEST_TOO_OLD final')
    expect(world.gateway.count(Q)).toBe(1)
  })
})
