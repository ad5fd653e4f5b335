import { describe, expect, it } from 'vitest'
import { A, B, bench, C, HOUR, MIDNIGHT, NOON } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

/** No more is sent, although there is time. */
const rounds = 10

describe('a person’s stop and an automatic one', () => {
  it.each([
    ['without BALANCE_STOP', undefined],
    ['with BALANCE_STOP', 60_000],
  ])('a refusal that comes late does not write over what a person said: %s', async (_what, balanceStopMs) => {
    const world = bench({ balanceStopMs })
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.person('stopped')
    world.now += 25_000
    answer.answer(refused('NOT_ENOUGH_AMOUNT'))
    await world.until(() => world.answersTo(A).length === 1, 'the refusal')
    world.request(B)
    await world.until(() => world.attempts(B).length === 1, 'B waits')
    expect(world.stopsOf()).toContain('person a test')
    expect(world.stopsOf()).toHaveLength(2)
    world.now += HOUR
    await world.rounds(rounds)
    expect(world.stopsOf()).toContain('person a test')
    expect(world.gateway.count(B)).toBe(0)
    world.person('goes')
    await world.until(() => world.answersTo(B).length === 1, 'B goes on')
  })

  it('a stop for a time does not end one that a person has to end', async () => {
    const world = bench({ balanceStopMs: 60_000 })
    const answers: Readonly<Record<string, ReturnType<typeof later>>> = { [A]: later(), [B]: later() }
    world.gateway.answering = (batchNo) => answers[batchNo]?.reply ?? accepted
    world.request(A)
    world.request(B)
    world.start()
    await world.until(() => world.gateway.arrived.length === 2, 'two calls')
    answers[A]?.answer(refused('ILLEGAL_SIGN'))
    await world.until(() => world.answersTo(A).length === 1, 'the first refusal')
    answers[B]?.answer(refused('NOT_ENOUGH_AMOUNT'))
    await world.until(() => world.answersTo(B).length === 1, 'the second refusal')
    world.request(C)
    world.now += HOUR
    await world.rounds(rounds)
    expect(world.stopsOf()).toEqual(['automatic ILLEGAL_SIGN'])
    expect(world.gateway.count(C)).toBe(0)
  })
})

describe('from the answer on', () => {
  it('no other batch of the partner is sent, although the log does not tell of the stop yet', async () => {
    const world = bench({ concurrency: 1 })
    world.switches.isLate = true
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('NOT_ENOUGH_AMOUNT') : accepted)
    world.request(A)
    world.request(B)
    world.request(C, { partner: 'other' })
    world.start()
    await world.until(() => world.answersTo(A).length === 1 && world.answersTo(C).length === 1, 'the refusal')
    await world.until(() => world.attempts(B).length === 1, 'B waits')
    await world.rounds(rounds)
    expect(world.gateway.count(B)).toBe(0)
  })

  it('what another lane of the process has intended meanwhile is not sent, and its attempt is not counted', async () => {
    const first = bench()
    const second = bench({ stops: first.dependencies.stops })
    first.switches.isLate = true
    const [answer, commit] = [later(), Promise.withResolvers<void>()]
    first.gateway.answering = () => answer.reply
    second.gateway.answering = () => refused('ILLEGAL_ARGUMENT')
    second.lane.afterCommit = (records) =>
      records.some(({ topic }) => topic === 'gateway.attempts') ? commit.promise : undefined
    first.request(A)
    first.start()
    await first.until(() => first.gateway.count(A) === 1, 'the call of the first lane')
    second.request(B)
    second.start()
    await second.until(() => second.attempts(B).length === 1, 'the intent of the second lane')
    answer.answer(refused('NOT_ENOUGH_AMOUNT'))
    await first.until(() => first.answersTo(A).length === 1, 'the refusal')
    commit.resolve()
    await second.rounds(rounds)
    expect(second.gateway.arrived).toEqual([])
    first.switches.isLate = false
    first.person('goes')
    await second.until(() => second.answersTo(B).length === 1, 'B is sent')
    // Its first attempt, so that the refusal proves the failure.
    expect(second.answersTo(B)).toEqual(['1 refused ILLEGAL_ARGUMENT final'])
  })

  it('where its transaction fails the partner stays stopped, and the next session writes the stop', async () => {
    const world = bench()
    world.switches.isLate = true
    world.gateway.answering = (batchNo) => (batchNo === A ? refused('ILLEGAL_SIGN') : accepted)
    const hasStop = (records: readonly { topic: string }[]) => records.some(({ topic }) => topic === 'gateway.switches')
    world.lane.beforeCommit = (records, session) => {
      if (hasStop(records)) session.kill()
    }
    world.request(A)
    const first = world.start()
    await first.done
    world.lane.beforeCommit = () => undefined
    expect([world.answersTo(A), world.stopsOf()]).toEqual([[], []])
    world.request(B)
    world.start()
    await world.until(() => world.stopsOf().length === 1, 'the stop is written')
    await world.rounds(rounds)
    expect(world.stopsOf()).toEqual(['automatic ILLEGAL_SIGN'])
    expect([world.gateway.count(A), world.gateway.count(B)]).toEqual([1, 0])
    world.switches.isLate = false
    world.person('goes')
    await world.until(() => world.answersTo(A).length === 1 && world.answersTo(B).length === 1, 'both go on')
  })
})

describe('while a connection is made', () => {
  async function heldBack(happens: (world: ReturnType<typeof bench>) => void) {
    const world = bench({ breaker: { unknowns: 1, openMs: 1e9 } })
    const connected = Promise.withResolvers<void>()
    world.gateway.connecting = connected.promise
    world.request(A)
    world.start()
    await world.until(() => world.attempts(A).length === 1, 'the intent')
    happens(world)
    connected.resolve()
    await world.rounds(rounds)
    expect([world.answersTo(A), world.gateway.arrived]).toEqual([[], []])
    return world
  }

  it('a person stops the partner: the call is not made, and costs no attempt', async () => {
    const world = await heldBack((each) => each.person('stopped'))
    world.gateway.answering = () => refused('ILLEGAL_ARGUMENT')
    world.person('goes')
    await world.until(() => world.answersTo(A).length === 1, 'it is sent')
    expect(world.answersTo(A)).toEqual(['1 refused ILLEGAL_ARGUMENT final'])
  })

  it('nobody knows any more how the switches stand: the call is not made until they do', async () => {
    const world = await heldBack((each) => {
      each.switches.known = false
    })
    world.switches.known = true
    await world.until(() => world.answersTo(A).length === 1, 'it is sent')
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
  })

  it('midnight comes near: the call is not made, and the batch is signed for another day', async () => {
    const world = await heldBack((each) => {
      each.now = MIDNIGHT - 10_000
    })
    world.now = MIDNIGHT + HOUR
    await world.until(() => world.toSign().length === 1, 'it is signed again')
    expect(world.answersTo(A)).toEqual([])
  })
})

describe('while nobody knows how the switches stand (S5.6)', () => {
  it('nothing is sent, whoever’s it is; answers of calls made are committed', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.switches.known = false
    world.request(B)
    world.request(C, { partner: 'other' })
    answer.answer(accepted)
    await world.until(() => world.answersTo(A).length === 1, 'the answer')
    await world.rounds(rounds)
    expect([world.attempts(B), world.attempts(C)]).toEqual([[], []])
    expect(world.gateway.arrived).toEqual([A])
    world.switches.known = true
    await world.until(() => world.answersTo(B).length === 1 && world.answersTo(C).length === 1, 'both are sent')
  })

  it('what waits on record is not sent either', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the unknown answer')
    world.switches.known = false
    world.now = NOON + HOUR
    await world.rounds(rounds)
    expect(world.gateway.count(A)).toBe(1)
  })

  it('a call whose intent took so long that it is not known any more is not made, and gives its slot back', async () => {
    const world = bench({ concurrency: 1 })
    world.lane.afterCommit = () => {
      world.switches.known = false
    }
    world.request(A)
    world.start()
    await world.until(() => world.attempts(A).length === 1, 'the intent')
    await world.rounds(rounds)
    expect(world.gateway.arrived).toEqual([])
    expect(world.dependencies.partnerSlots.underWay('shop')).toBe(0)
    world.lane.afterCommit = () => undefined
    world.switches.known = true
    await world.until(() => world.answersTo(A).length === 1, 'it is sent')
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
  })

  it('an attempt that was made before stays counted where the next one is not made: a refusal proves no failure then', async () => {
    const world = bench()
    world.gateway.answering = (_batchNo, count) => (count === 1 ? broken('TIMED_OUT') : refused('ILLEGAL_ARGUMENT'))
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the unknown answer')
    world.lane.afterCommit = () => {
      world.switches.known = false
    }
    world.now = NOON + HOUR
    await world.until(() => world.attempts(A).length === 2, 'the second intent')
    await world.rounds(rounds)
    expect(world.gateway.count(A)).toBe(1)
    world.lane.afterCommit = () => undefined
    world.switches.known = true
    await world.until(() => world.answersTo(A).length === 2, 'the refusal')
    expect(world.answersTo(A)).toEqual(['1 unknown TIMED_OUT', '2 refused ILLEGAL_ARGUMENT final'])
  })

  it('an unreadable switch of a partner lets its neighbours go on', async () => {
    const world = bench()
    world.lane.append({ topic: 'gateway.switches', key: 'partner/shop/person', value: Buffer.from('?'), headers: {} })
    world.request(A)
    world.request(C, { partner: 'other' })
    world.start()
    await world.until(() => world.answersTo(C).length === 1 && world.attempts(A).length === 1, 'the neighbour')
    expect(world.attempts(A)).toEqual(['deferred 0'])
    expect(world.gateway.arrived).toEqual([C])
  })
})
