import { setTimeout as sleep } from 'node:timers/promises'
import { cloudEventHeaders } from '@payout/schemas/cloud-event'
import type { TopicName } from '@payout/schemas/topics'
import { describe, expect, it } from 'vitest'
import { A, B, bench, C, F, HOUR, MIDNIGHT, NOON, TODAY } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

describe('one request', () => {
  it('MAPI-16: its answer is recorded, with the closing record and the offset', async () => {
    const world = bench()
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'closed 1'])
    expect(world.committed).toBe(1)
    expect(world.answers()[0]).toMatchObject({
      partner: 'shop',
      payDate: TODAY,
      httpStatus: 200,
      sentAt: NOON,
      answeredAt: NOON,
    })
    expect(world.answers()[0]?.body?.toString()).toContain('<is_success>T</is_success>')
  })

  it('S5.1: is called only after its intent is committed', async () => {
    const world = bench()
    world.request(A)
    const gate = Promise.withResolvers<void>()
    world.lane.beforeCommit = () => gate.promise
    world.start()
    await world.rounds()
    expect(world.gateway.arrived).toEqual([])
    gate.resolve()
    await world.until(() => world.gateway.arrived.length === 1, 'the call')
    expect(world.attempts(A)[0]).toBe('in_doubt 1')
  })

  it('MAPI-16: of an answer without end 16 KiB are recorded', async () => {
    const world = bench()
    const body = Buffer.alloc(65_536, 'x')
    world.gateway.answering = () => ({ kind: 'answered', status: 200, contentType: undefined, body, cut: true })
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.answersTo(A)).toEqual(['1 unknown ANSWER_TOO_LARGE'])
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
    world.lane.append({ topic: 'gateway.requests', key: `shop/${A}`, value, headers })
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
  it('MAPI-19: a system error leaves the batch in doubt, and the identical request goes out again after a pause', async () => {
    const world = bench()
    world.gateway.answering = (_batchNo, count) => (count === 1 ? refused('SYSTEM_ERROR') : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.answers().length === 1, 'the first answer')
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    world.now += 1_000
    await world.until(() => world.answers().length === 2, 'the second answer')
    expect(world.answersTo(A)).toEqual(['1 unknown SYSTEM_ERROR', '2 accepted - final'])
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'in_doubt 2', 'closed 2'])
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
    expect(world.answersTo(A)).toEqual(['1 unknown TIMED_OUT final'])
    expect(world.answersTo(B)).toEqual(['1 unknown NOT_SENT_AGAIN final'])
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
    expect(world.answersTo(A)).toEqual(['1 unknown CONNECTION_RESET', '2 refused BATCH_NO_NOT_UNIQUE final'])
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
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
    expect(world.gateway.arrived).toEqual([A])
  })

  it('begins nothing of what it has read already, where the process is asked to stop meanwhile', async () => {
    const world = bench()
    const { claim } = world.stateStore.claims
    world.request(A)
    const running = world.start()
    world.stateStore.claims.claim = (...asked) => {
      running.session.stop()
      return claim(...asked)
    }
    expect(await running.done).toBeUndefined()
    expect(world.gateway.arrived).toEqual([])
    expect(world.lane.commits).toEqual([])
  })
})

describe('the size of what a lane remembers', () => {
  it('the last word on what was given up is remembered for 60 days: a copy of its request is neither sent nor signed again', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    const first = world.start()
    await world.until(() => world.answers().length === 1, 'the unknown answer')
    world.now = MIDNIGHT + 1
    await world.until(() => world.answers().length === 2, 'the last word')
    for (const days of [1, 30, 59]) {
      world.now = MIDNIGHT + days * 24 * HOUR
      world.request(A)
      await world.until(() => world.committed === world.lane.records('gateway.requests').length, 'the copy is read')
    }
    await world.rounds()
    first.session.stop()
    await first.done
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'closed 1'])
    expect(world.answersTo(A)).toEqual(['1 unknown TIMED_OUT', '1 unknown PAY_DATE_PASSED final'])
    expect(world.toSign()).toEqual([])
    expect(world.gateway.count(A)).toBe(1)
  })

  it('last words older than 60 days are removed; an old request about which nothing is known is not signed again', async () => {
    const world = bench()
    world.request(A)
    const first = world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    first.session.stop()
    await first.done
    world.now = NOON + 60 * 24 * HOUR + 1
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.stateStore.held.clear()
    const second = world.start()
    await world.until(() => world.attempts(A).includes('forgotten'), 'the removal')
    await world.rounds()
    second.session.stop()
    await second.done
    expect(world.gateway.count(A)).toBe(1)
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.start()
    await world.until(() => world.answersTo(A).includes('0 unknown REQUEST_TOO_OLD final'), 'the last word')
    expect(world.toSign()).toEqual([])
    expect(world.gateway.count(A)).toBe(1)
  })

  it('a full lane commits an answer and the intent that it makes room for in one transaction', async () => {
    const world = bench({ backlogMaxBytes: 1, concurrency: 1 })
    world.gateway.answering = () => sleep(5, accepted)
    // What waits for a person makes the lane full.
    world.person('stopped', 'other')
    world.request(F, { partner: 'other' })
    for (const batchNo of [A, B, C]) world.request(batchNo)
    const { session, done } = world.start()
    await world.until(() => world.answers().length === 3, 'the answers')
    session.stop()
    await done
    const keysOf = (topic: TopicName) =>
      world.lane.commits.map(({ records }) => records.filter((record) => record.topic === topic).map(({ key }) => key))
    const answers = keysOf('gateway.answers')
    const attempts = keysOf('gateway.attempts')
    for (const [answered, next] of [
      [A, B],
      [B, C],
    ] as const) {
      const at = answers.findIndex((keys) => keys.includes(`shop/${answered}`))
      expect(attempts[at]).toContain(`shop/${next}`)
    }
  })

  it('a lane that holds as much as it may reads no further until some of it is gone', async () => {
    const world = bench({ backlogMaxBytes: 1 })
    world.person('stopped')
    world.request(A)
    world.start()
    await world.until(() => world.committed === 1, 'A waits')
    world.request(B)
    await world.rounds(20)
    expect(world.attempts(B)).toEqual([])
    world.person('goes')
    await world.until(() => world.answers().length === 2, 'both answers')
  })
})
