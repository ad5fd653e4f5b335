import { cloudEventHeaders } from '@payout/schemas/cloud-event'
import { afterEach, describe, expect, it } from 'vitest'
import { type BenchOptions, EgressBench, HOUR, NOON, TODAY } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

const A = '20260701000aaaaaaaaaaaaaaaaaaaaa'
const B = '20260701000bbbbbbbbbbbbbbbbbbbbb'
const C = '20260701000ccccccccccccccccccccc'
const TOMORROW = '20260702'
const MIDNIGHT = Date.parse('2026-07-02T00:00:00.000+08:00')

const benches: EgressBench[] = []
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.end()
})

function bench(options?: BenchOptions): EgressBench {
  const made = new EgressBench(options)
  benches.push(made)
  return made
}

function offsetsOf(world: EgressBench): number | undefined {
  return world.lane.committed
}

describe('one request', () => {
  it('MAPI-16: its answer is recorded, with the closing record and the offset', async () => {
    const world = bench()
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.told(A)).toEqual(['1 accepted - final'])
    expect(world.attempts(A)).toEqual(['open 1', 'closed 1'])
    expect(offsetsOf(world)).toBe(1)
    expect(world.answers()[0]).toMatchObject({
      partner: 'shop',
      payDate: TODAY,
      httpStatus: 200,
      sentAt: NOON,
      answeredAt: NOON,
    })
    expect(world.answers()[0]?.body?.toString()).toContain('<is_success>T</is_success>')
  })

  it('is called only after its intent is committed', async () => {
    const world = bench()
    world.request(A)
    const gate = Promise.withResolvers<void>()
    world.lane.onCommit = () => gate.promise
    world.start()
    await world.rounds()
    expect(world.gateway.arrived).toEqual([])
    gate.resolve()
    await world.until(() => world.gateway.arrived.length === 1, 'the call')
    expect(world.attempts(A)[0]).toBe('open 1')
  })

  it('MAPI-16: of an answer without end 16 KiB are recorded', async () => {
    const world = bench()
    const body = Buffer.alloc(65_536, 'x')
    world.gateway.answering = () => ({ kind: 'answered', status: 200, contentType: undefined, body, cut: true })
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.told(A)).toEqual(['1 unknown ANSWER_TOO_LARGE'])
    expect(world.answers()[0]?.body?.length).toBe(16_384)
  })

  it('goes out byte for byte as it was signed', async () => {
    const world = bench()
    const body = Buffer.from(`batch_no=${A}&account_name=%C3%AB&sign=a%2Bb%3D`)
    world.request(A, { body, charset: 'gbk' })
    world.start()
    await world.until(() => world.gateway.bodies.length === 1, 'the call')
    expect(world.gateway.bodies[0]?.equals(body)).toBe(true)
  })

  it('passes the trace on, and gives each record an id that says what it is', async () => {
    const world = bench()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const value = world.codec.encode('gateway.GatewayRequest', world.signed(A))
    const headers = cloudEventHeaders({
      id: 'r',
      type: 'gateway.request',
      source: '/test/signer',
      subject: `shop/${A}`,
      time: NOON,
      traceparent,
    })
    world.lane.append({ topic: 'gateway.requests', partition: 0, key: `shop/${A}`, value, headers })
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    const [answer] = world.lane.records('gateway.answers')
    expect(answer?.headers).toMatchObject({
      ce_id: `answer/shop/${A}/1`,
      ce_type: 'gateway.answer',
      ce_source: '/test/gateway-egress',
      traceparent,
    })
    expect(answer?.key?.toString()).toBe(`shop/${A}`)
  })
})

describe('unknown answers', () => {
  it('MAPI-19: a system error leaves the batch open, and the identical request goes out again after a pause', async () => {
    const world = bench()
    world.gateway.answering = (_batchNo, count) => (count === 1 ? refused('SYSTEM_ERROR') : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the first answer')
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    world.now += 1_000
    await world.until(() => world.answers().length === 2, 'the second answer')
    expect(world.told(A)).toEqual(['1 unknown SYSTEM_ERROR', '2 accepted - final'])
    expect(world.attempts(A)).toEqual(['open 1', 'open 2', 'closed 2'])
    expect(world.gateway.bodies[0]).toEqual(world.gateway.bodies[1])
  })

  it('are final where resend is never, also for an attempt whose answer a crash took', async () => {
    const world = bench({ resend: 'never' })
    world.gateway.answering = (batchNo) => (batchNo === A ? broken('TIMED_OUT') : later().reply)
    world.request(A)
    world.request(B)
    const first = world.start()
    await world.until(() => world.answers().length === 1 && world.gateway.count(B) === 1, 'A answered, B under way')
    first.session.kill()
    world.start()
    await world.until(() => world.answers().length === 2, 'the last word on B')
    world.now += HOUR
    await world.rounds()
    expect(world.told(A)).toEqual(['1 unknown TIMED_OUT final'])
    expect(world.told(B)).toEqual(['1 unknown NOT_SENT_AGAIN final'])
    expect(world.gateway.arrived).toEqual([A, B])
  })

  it('a refusal after an attempt without an answer keeps its attempt number', async () => {
    const world = bench()
    world.gateway.answering = (_batchNo, count) =>
      count === 1 ? broken('CONNECTION_RESET') : refused('BATCH_NO_NOT_UNIQUE')
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the first answer')
    world.now += 1_000
    await world.until(() => world.answers().length === 2, 'the refusal')
    expect(world.told(A)).toEqual(['1 unknown CONNECTION_RESET', '2 refused BATCH_NO_NOT_UNIQUE final'])
  })
})

describe('crashes and zombies', () => {
  it('a crash between intent and call: the batch is open with one attempt, and is tried again', async () => {
    const world = bench()
    world.request(A)
    world.lane.onCommitted = (session) => session.kill()
    await world.start().done
    expect(world.attempts(A)).toEqual(['open 1'])
    expect(world.gateway.arrived).toEqual([])
    world.lane.onCommitted = () => undefined
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.gateway.arrived).toEqual([A])
    expect(world.told(A)).toEqual(['2 accepted - final'])
  })

  it('a crash while a call is under way: the next process counts it and sends the identical request', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (_batchNo, count) => (count === 1 ? answer.reply : refused('BATCH_NO_NOT_UNIQUE'))
    world.request(A)
    const first = world.start()
    await world.until(() => world.gateway.arrived.length === 1, 'the call')
    first.session.kill()
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.told(A)).toEqual(['2 refused BATCH_NO_NOT_UNIQUE final'])
    expect(world.attempts(A)).toEqual(['open 1', 'open 2', 'closed 2'])
  })

  it('a zombie can commit neither an answer nor an intent, and what it did not commit it does not send', async () => {
    const world = bench({ concurrency: 1 })
    const answer = later()
    world.gateway.answering = (_batchNo, count) => (count === 1 ? answer.reply : accepted)
    world.request(A)
    const zombie = world.start()
    await world.until(() => world.gateway.arrived.length === 1, 'the call of the first process')
    // Fenced, but it does not know: its session has not ended.
    world.lane.open()
    world.request(B)
    answer.answer(accepted)
    expect(await zombie.done).toMatchObject({ error: { code: 'LOG_LANE_ENDED' } })
    expect(world.gateway.arrived).toEqual([A])
    expect(world.answers()).toEqual([])
    world.start()
    await world.until(() => world.answers().length === 2, 'both answers')
    expect(world.told(A)).toEqual(['2 accepted - final'])
    expect(world.told(B)).toEqual(['1 accepted - final'])
  })

  it('offsets that went back: what is closed is skipped, what is open is sent once more only from its record', async () => {
    const world = bench()
    const second = later()
    world.gateway.answering = (batchNo) => (batchNo === B ? second.reply : accepted)
    world.request(A)
    world.request(B)
    const first = world.start()
    await world.until(() => world.told(A).length === 1 && world.gateway.count(B) === 1, 'A answered, B under way')
    first.session.kill()
    // A person accepted the risk: offset and floor are gone.
    world.lane.committed = 0
    world.memory.floorOf.clear()
    world.gateway.answering = () => accepted
    world.start()
    await world.until(() => world.told(B).length === 1, 'the answer to B')
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    expect(world.gateway.count(B)).toBe(2)
    expect(world.told(B)).toEqual(['2 accepted - final'])
    expect(offsetsOf(world)).toBe(2)
  })

  it('offsets behind the floor stop the lane with the way out', async () => {
    const world = bench()
    world.request(A)
    const first = world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    first.session.stop()
    await first.done
    world.lane.committed = 0
    expect(await world.start().done).toMatchObject({ error: { code: 'LANE_OFFSETS_BEHIND' } })
    expect(world.gateway.arrived).toEqual([A])
  })

  it('one request of a batch number is under way at a time; a second reading waits for the first, and holds the offset', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.request(A)
    world.request(B)
    await world.until(() => world.told(B).length === 1, 'the answer to B')
    expect(offsetsOf(world)).toBe(1)
    answer.answer(accepted)
    await world.until(() => offsetsOf(world) === 3, 'the offset')
    expect(world.gateway.arrived).toEqual([A, B])
    expect(world.gateway.mostOfOne).toBe(1)
  })
})

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
    expect(offsetsOf(world)).toBe(offset + 1)
    // Signed again, it is sent on its new day, as the first attempt.
    world.request(A, { payDate: TOMORROW, signing: 2 })
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.told(A)).toEqual(['1 accepted - final'])
    expect(world.gateway.bodies[0]?.toString()).toContain(`pay_date=${TOMORROW}`)
  })

  it('BTN-5: what waits over midnight is signed again and forgotten here; an earlier signing read again is skipped', async () => {
    const world = bench()
    world.memory.stops.set('shop', { reason: 'person', since: NOON })
    world.request(A)
    const first = world.start()
    await world.until(() => world.attempts(A).length === 1, 'the waiting record')
    world.now = MIDNIGHT + 1_000
    await world.until(() => world.toSign().length === 1, 'the request to sign again')
    expect(world.attempts(A)).toEqual(['waiting 0', 'forgotten'])
    world.request(A, { payDate: TOMORROW, signing: 2 })
    await world.until(() => world.attempts(A).length === 3, 'the second signing waits')
    first.session.kill()
    world.lane.committed = 0
    world.memory.floorOf.clear()
    world.start()
    await world.until(() => offsetsOf(world) === 2, 'both read again')
    expect(world.toSign().length).toBe(1)
    expect(world.gateway.arrived).toEqual([])
    world.memory.stops.clear()
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
    expect(world.told(A)).toEqual(['1 unknown TIMED_OUT', '1 unknown PAY_DATE_PASSED final'])
    expect(world.answers()[1]).toMatchObject({ sentAt: null, httpStatus: null, body: null })
    expect(world.attempts(A)).toEqual(['open 1', 'closed 1'])
    expect(world.toSign()).toEqual([])
    const ids = world.lane.records('gateway.answers').map(({ headers }) => headers.ce_id)
    expect(new Set(ids).size).toBe(2)
  })

  it('BTN-5: nothing is sent in the last 30 seconds of a day, nor before the day of its date', async () => {
    const world = bench()
    world.now = MIDNIGHT - 29_999
    world.request(A)
    world.request(B, { payDate: TOMORROW })
    world.start()
    await world.until(() => offsetsOf(world) === 2, 'both written down')
    await world.rounds()
    expect(world.attempts(A)).toEqual(['waiting 0'])
    expect(world.attempts(B)).toEqual(['waiting 0'])
    expect(world.gateway.arrived).toEqual([])
    world.now = MIDNIGHT
    await world.until(() => world.toSign().length === 1 && world.told(B).length === 1, 'A signed again, B answered')
    expect(world.toSign()[0]?.batchNo).toBe(A)
    expect(world.told(B)).toEqual(['1 accepted - final'])
  })

  it('BTN-5: an intent whose transaction took until midnight is not sent', async () => {
    const world = bench()
    world.now = MIDNIGHT - 60_000
    world.request(A)
    world.lane.onCommit = () => {
      world.now = MIDNIGHT - 20_000
    }
    world.start()
    await world.until(() => world.attempts(A).length === 1, 'the intent')
    world.lane.onCommit = () => undefined
    await world.rounds()
    world.now = MIDNIGHT
    await world.until(() => world.answers().length === 1, 'the last word')
    expect(world.told(A)).toEqual(['1 unknown PAY_DATE_PASSED final'])
    expect(world.gateway.arrived).toEqual([])
  })
})

describe('stopped partners', () => {
  it('a code of contract or key stops the partner before the answer is committed; what waits has no attempt and goes on later', async () => {
    const world = bench({ concurrency: 1 })
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('ILLEGAL_SIGN') : accepted)
    let stopAtCommit: unknown
    world.lane.onCommit = (records) => {
      if (records.some(({ topic }) => topic === 'gateway.answers')) stopAtCommit ??= world.memory.stops.get('shop')
    }
    world.request(A)
    world.request(B)
    world.request(C, { partner: 'other' })
    world.start()
    await world.until(() => world.attempts(B).length === 1 && world.told(C).length === 1, 'B waits, C is answered')
    expect(world.told(A)).toEqual(['1 refused ILLEGAL_SIGN final'])
    expect(stopAtCommit).toEqual({ reason: 'ILLEGAL_SIGN', since: NOON })
    expect(world.attempts(B)).toEqual(['waiting 0'])
    expect(offsetsOf(world)).toBe(3)
    world.memory.stops.delete('shop')
    await world.until(() => world.told(B).length === 1, 'B goes on')
    expect(world.told(B)).toEqual(['1 accepted - final'])
    expect(world.gateway.arrived.filter((batchNo) => batchNo !== C)).toEqual([A, B])
  })

  it('a balance that is too small stops its partner for the configured time', async () => {
    const world = bench({ balanceStopMs: 60_000 })
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('NOT_ENOUGH_AMOUNT') : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.told(A).length === 1, 'the refusal')
    expect(world.memory.stops.get('shop')).toEqual({ reason: 'NOT_ENOUGH_AMOUNT', since: NOON, until: NOON + 60_000 })
    world.request(B)
    await world.until(() => world.attempts(B).length === 1, 'B waits')
    world.now += 60_000
    await world.until(() => world.told(B).length === 1, 'B goes on')
  })

  it('an attempted batch of a stopped partner stays open, with its attempts', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    const first = world.start()
    await world.until(() => world.told(A).length === 1, 'the unknown answer')
    world.memory.stops.set('shop', { reason: 'person', since: NOON })
    world.now += HOUR
    await world.rounds()
    first.session.kill()
    world.start()
    await world.rounds()
    expect(world.attempts(A)).toEqual(['open 1'])
    expect(world.gateway.count(A)).toBe(1)
    world.memory.stops.clear()
    world.gateway.answering = () => refused('ILLEGAL_ARGUMENT')
    await world.until(() => world.told(A).length === 2, 'the second answer')
    expect(world.told(A)[1]).toBe('2 refused ILLEGAL_ARGUMENT final')
  })

  it('a second signing of an attempted batch does not make it one that waits', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.told(A).length === 1, 'the unknown answer')
    world.request(A, { payDate: TOMORROW, signing: 2 })
    await world.until(() => world.attempts(A).length === 2, 'the second signing is written down')
    expect(world.attempts(A)).toEqual(['open 1', 'open 1'])
    world.now = MIDNIGHT
    await world.until(() => world.told(A).length === 2, 'the second answer')
    expect(world.told(A)[1]).toBe('2 unknown TIMED_OUT')
  })

  it('waiting requests survive a crash, and their offset is committed with them', async () => {
    const world = bench()
    world.memory.stops.set('shop', { reason: 'person', since: NOON })
    for (const batchNo of [A, B]) world.request(batchNo)
    const first = world.start()
    await world.until(() => offsetsOf(world) === 2, 'the offset')
    expect(world.lane.commits).toBe(1)
    first.session.kill()
    world.memory.stops.clear()
    world.start()
    await world.until(() => world.answers().length === 2, 'the answers')
    expect(world.gateway.arrived.toSorted()).toEqual([A, B])
  })

  it('a partner that is not in the partners file waits', async () => {
    const world = bench()
    world.request(A, { partner: 'nobody' })
    world.request(B)
    world.start()
    await world.until(() => world.told(B).length === 1 && world.attempts(A).length === 1, 'B answered, A waits')
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
    await world.until(() => world.told(B).length === 1, 'the answer to the other partner')
    expect(world.gateway.arrived.filter((batchNo) => batchNo !== B).length).toBe(2)
    answer.answer(accepted)
    await world.until(() => world.answers().length === 13, 'all answers')
    await world.until(() => offsetsOf(world) === 13, 'the offset')
    expect(world.gateway.mostOfOne).toBe(1)
    expect(new Set(world.gateway.arrived).size).toBe(13)
    expect(world.gateway.mostAtOnce).toBeLessThanOrEqual(3)
  })

  it('what a busy partner has queued beyond its share is written down as waiting, and sent from there', async () => {
    const world = bench({ concurrency: 1, queuedPerPartner: 1 })
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    world.request(B)
    world.request(C)
    world.start()
    await world.until(() => world.attempts(C).length === 1, 'C waits')
    expect([world.attempts(A), world.attempts(B), world.attempts(C)]).toEqual([['open 1'], [], ['waiting 0']])
    expect(offsetsOf(world)).toBe(1)
    answer.answer(accepted)
    await world.until(() => world.answers().length === 3, 'all answers')
    expect([world.told(B), world.told(C)]).toEqual([['1 accepted - final'], ['1 accepted - final']])
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
    expect(world.attempts(C)).toEqual(['waiting 0'])
    works = true
    await world.until(() => world.told(C).length === 1, 'C is let through')
    world.now += HOUR
    await world.until(() => world.answers().length === 5, 'all answers')
  })
})

describe('Redis', () => {
  it('away: nothing is sent, answers of calls made are committed, and it goes on by itself', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.memory.away = true
    world.request(B)
    answer.answer(accepted)
    await world.until(() => world.told(A).length === 1, 'the answer')
    await world.rounds()
    expect(world.gateway.arrived).toEqual([A])
    expect(offsetsOf(world)).toBe(1)
    world.memory.away = false
    await world.until(() => world.told(B).length === 1, 'the answer to B')
  })

  it('away: what stands on record is not sent either', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.told(A).length === 1, 'the unknown answer')
    world.memory.away = true
    world.now += HOUR
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    world.memory.away = false
    await world.until(() => world.told(A).length === 2, 'the second answer')
  })

  it('away: an answer that stops its partner is committed only when the stop is stored', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.memory.away = true
    answer.answer(refused('ILLEGAL_SIGN'))
    await world.rounds()
    expect(world.answers()).toEqual([])
    world.memory.away = false
    await world.until(() => world.told(A).length === 1, 'the answer')
    expect(world.memory.stops.get('shop')).toMatchObject({ reason: 'ILLEGAL_SIGN' })
  })

  it('a batch number under which other content was claimed is never sent: the lane halts, its other calls are finished', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    world.request(B)
    const running = world.start()
    await world.until(() => world.gateway.arrived.length === 2, 'both calls')
    const [line] = world.signed(A).lines
    if (line === undefined) throw new Error('a batch has a line')
    world.request(A, { payDate: TOMORROW, signing: 2, lines: [{ ...line, amountFen: 999_999 }] })
    world.request(C)
    await world.rounds()
    answer.answer(accepted)
    expect(await running.done).toMatchObject({ error: { code: 'EGRESS_BATCH_NO_TAKEN' } })
    expect(world.answers().length).toBe(2)
    expect(offsetsOf(world)).toBe(2)
    expect(world.gateway.arrived.toSorted()).toEqual([A, B])
  })
})

describe('records that cannot be read', () => {
  it('halt the lane: the offset stays at them, and calls under way are finished', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    const running = world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    const value = Buffer.from('nonsense')
    world.lane.append({ topic: 'gateway.requests', partition: 0, key: 'shop/x', value, headers: {} })
    world.request(B)
    await world.rounds()
    answer.answer(accepted)
    expect(await running.done).toMatchObject({ error: { code: 'SCHEMA_NOT_AVRO' } })
    expect(world.told(A)).toEqual(['1 accepted - final'])
    expect(offsetsOf(world)).toBe(1)
    expect(world.gateway.count(B)).toBe(0)
  })

  it('in its own memory keep the lane from sending anything', async () => {
    const world = bench()
    world.request(A)
    world.lane.append({
      topic: 'gateway.attempts',
      partition: 0,
      key: 'shop/x',
      value: Buffer.from('nonsense'),
      headers: {},
    })
    expect(await world.start().done).toMatchObject({ error: { code: 'SCHEMA_NOT_AVRO' } })
    expect(world.gateway.arrived).toEqual([])
  })
})

describe('stopping', () => {
  it('begins nothing new, waits for calls under way and commits their answers', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    const running = world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.request(B)
    running.session.stop()
    await world.rounds()
    answer.answer(accepted)
    expect(await running.done).toBeUndefined()
    expect(world.told(A)).toEqual(['1 accepted - final'])
    expect(world.gateway.arrived).toEqual([A])
  })
})

describe('the size of its memory', () => {
  it('last words older than 60 days are removed; an old request about which nothing is known is not signed again', async () => {
    const world = bench()
    world.request(A)
    const first = world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    first.session.stop()
    await first.done
    world.now = NOON + 60 * 24 * HOUR + 1
    world.lane.committed = 0
    world.memory.floorOf.clear()
    world.memory.held.clear()
    const second = world.start()
    await world.until(() => world.attempts(A).includes('forgotten'), 'the removal')
    await world.rounds()
    second.session.stop()
    await second.done
    expect(world.gateway.count(A)).toBe(1)
    world.lane.committed = 0
    world.memory.floorOf.clear()
    world.start()
    await world.until(() => world.told(A).includes('0 unknown REQUEST_TOO_OLD final'), 'the last word')
    expect(world.toSign()).toEqual([])
    expect(world.gateway.count(A)).toBe(1)
  })

  it('a lane that holds as much as it may reads no further until some of it is gone', async () => {
    const world = bench({ heldBytes: 1 })
    world.memory.stops.set('shop', { reason: 'person', since: NOON })
    world.request(A)
    world.start()
    await world.until(() => offsetsOf(world) === 1, 'A waits')
    world.request(B)
    await world.rounds(20)
    expect(world.attempts(B)).toEqual([])
    world.memory.stops.clear()
    await world.until(() => world.answers().length === 2, 'both answers')
  })
})
