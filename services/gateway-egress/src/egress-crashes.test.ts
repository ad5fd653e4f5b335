import { describe, expect, it } from 'vitest'
import { A, B, bench, C, HOUR, NOON, TOMORROW } from './testing/egress-bench.ts'
import { accepted, broken, later, refused } from './testing/fake-gateway.ts'

describe('crashes and zombies', () => {
  it('a crash between intent and call: the batch is in doubt with one attempt, and is tried again', async () => {
    const world = bench()
    world.request(A)
    world.lane.afterCommit = (_records, session) => session.kill()
    await world.start().done
    expect(world.attempts(A)).toEqual(['in_doubt 1'])
    expect(world.gateway.arrived).toEqual([])
    world.lane.afterCommit = () => undefined
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.gateway.arrived).toEqual([A])
    expect(world.answersTo(A)).toEqual(['2 accepted - final'])
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
    expect(world.answersTo(A)).toEqual(['2 refused BATCH_NO_NOT_UNIQUE final'])
    expect(world.attempts(A)).toEqual(['in_doubt 1', 'in_doubt 2', 'closed 2'])
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
    expect(await zombie.done).toMatchObject({ error: { code: 'LOG_TASK_ENDED' } })
    expect(world.gateway.arrived).toEqual([A])
    expect(world.answers()).toEqual([])
    world.start()
    await world.until(() => world.answers().length === 2, 'both answers')
    expect(world.answersTo(A)).toEqual(['2 accepted - final'])
    expect(world.answersTo(B)).toEqual(['1 accepted - final'])
  })

  it('offsets that went back: what is closed is skipped, what is in doubt is sent once more only from its record', async () => {
    const world = bench()
    const second = later()
    world.gateway.answering = (batchNo) => (batchNo === B ? second.reply : accepted)
    world.request(A)
    world.request(B)
    const first = world.start()
    await world.until(() => world.answersTo(A).length === 1 && world.gateway.count(B) === 1, 'A answered, B under way')
    first.session.kill()
    // A person accepted the risk: offset and checkpoint are gone.
    world.rewind()
    world.stateStore.checkpointOf.clear()
    world.gateway.answering = () => accepted
    world.start()
    await world.until(() => world.answersTo(B).length === 1, 'the answer to B')
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    expect(world.gateway.count(B)).toBe(2)
    expect(world.answersTo(B)).toEqual(['2 accepted - final'])
    expect(world.committed).toBe(2)
  })

  it('an intent that could not be committed gives its slot back: the other lanes of the process go on with the partner', async () => {
    const world = bench({ concurrency: 1 })
    world.request(A)
    world.lane.beforeCommit = () => {
      throw new Error('no answer from Kafka')
    }
    expect(await world.start().done).toMatchObject({ error: { message: 'no answer from Kafka' } })
    expect(world.dependencies.partnerSlots.underWay('shop')).toBe(0)
    world.lane.beforeCommit = () => undefined
    world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
  })

  it('what lies below a checkpoint that somebody else has raised meanwhile is not sent', async () => {
    const world = bench()
    const running = world.start()
    await world.rounds(1)
    const checkpoint = { topic: 'gateway.requests', partition: 0, next: 5, committedAt: NOON } as const
    await world.stateStore.checkpoints.raise('gateway-egress', [checkpoint])
    world.request(A)
    expect(await running.done).toMatchObject({ error: { code: 'EGRESS_BELOW_CHECKPOINT' } })
    expect(world.gateway.arrived).toEqual([])
    expect(world.lane.commits).toEqual([])
  })

  it('offsets behind the checkpoint stop the lane with the way out', async () => {
    const world = bench()
    world.request(A)
    const first = world.start()
    await world.until(() => world.answers().length === 1, 'the answer')
    first.session.stop()
    await first.done
    world.rewind()
    expect(await world.start().done).toMatchObject({ error: { code: 'TASK_OFFSETS_BEHIND' } })
    expect(world.gateway.arrived).toEqual([A])
  })

  it('S5.3: one request of a batch number is under way at a time; a second reading waits for the first, and holds the offset', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.request(A)
    world.request(B)
    await world.until(() => world.answersTo(B).length === 1, 'the answer to B')
    expect(world.committed).toBe(1)
    answer.answer(accepted)
    await world.until(() => world.committed === 3, 'the offset')
    expect(world.gateway.arrived).toEqual([A, B])
    expect(world.gateway.mostOfOne).toBe(1)
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
    world.stateStore.away = true
    world.request(B)
    answer.answer(accepted)
    await world.until(() => world.answersTo(A).length === 1, 'the answer')
    await world.rounds()
    expect(world.gateway.arrived).toEqual([A])
    expect(world.committed).toBe(1)
    world.stateStore.away = false
    await world.until(() => world.answersTo(B).length === 1, 'the answer to B')
  })

  it('S2.4: away just after a commit: the checkpoint lags, and no call under way is given up for it', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = (batchNo) => (batchNo === A ? answer.reply : accepted)
    world.request(A)
    const running = world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.lane.afterCommit = () => {
      world.stateStore.away = true
    }
    world.request(B)
    await world.until(() => world.answersTo(B).length === 1, 'the answer to B')
    answer.answer(accepted)
    await world.until(() => world.answersTo(A).length === 1, 'the answer to A')
    expect(world.committed).toBe(2)
    expect([...world.stateStore.checkpointOf.values()].map(({ checkpoint }) => checkpoint.next)).toEqual([1])

    world.lane.afterCommit = () => undefined
    world.stateStore.away = false
    running.session.stop()
    expect(await running.done).toBeUndefined()
    world.start()
    await world.until(
      () => [...world.stateStore.checkpointOf.values()][0]?.checkpoint.next === 2,
      'the checkpoint is raised by the next session',
    )
    expect(world.gateway.arrived).toEqual([A, B])
  })

  it('away: what stands on record is not sent either', async () => {
    const world = bench()
    world.gateway.answering = () => broken('TIMED_OUT')
    world.request(A)
    world.start()
    await world.until(() => world.answersTo(A).length === 1, 'the unknown answer')
    world.stateStore.away = true
    world.now += HOUR
    await world.rounds()
    expect(world.gateway.count(A)).toBe(1)
    world.stateStore.away = false
    await world.until(() => world.answersTo(A).length === 2, 'the second answer')
  })

  it('away: an answer that stops its partner is committed all the same, with the stop', async () => {
    const world = bench()
    const answer = later()
    world.gateway.answering = () => answer.reply
    world.request(A)
    world.start()
    await world.until(() => world.gateway.count(A) === 1, 'the call')
    world.stateStore.away = true
    answer.answer(refused('ILLEGAL_SIGN'))
    await world.until(() => world.answersTo(A).length === 1, 'the answer')
    expect(world.stopsOf()).toEqual(['automatic ILLEGAL_SIGN'])
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
    expect(world.committed).toBe(2)
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
    world.lane.append({ topic: 'gateway.requests', key: 'shop/x', value, headers: {} })
    world.request(B)
    await world.rounds()
    answer.answer(accepted)
    expect(await running.done).toMatchObject({ error: { code: 'SCHEMA_NOT_AVRO' } })
    expect(world.answersTo(A)).toEqual(['1 accepted - final'])
    expect(world.committed).toBe(1)
    expect(world.gateway.count(B)).toBe(0)
  })

  it('let nothing new begin, of what came before them neither', async () => {
    const world = bench()
    world.request(A)
    world.lane.append({ topic: 'gateway.requests', key: 'shop/x', value: Buffer.from('nonsense'), headers: {} })
    expect(await world.start().done).toMatchObject({ error: { code: 'SCHEMA_NOT_AVRO' } })
    expect(world.gateway.arrived).toEqual([])
    expect(world.committed).toBeUndefined()
  })

  it('in its changelog keep the lane from sending anything', async () => {
    const world = bench()
    world.request(A)
    world.lane.append({
      topic: 'gateway.attempts',
      key: 'shop/x',
      value: Buffer.from('nonsense'),
      headers: {},
    })
    expect(await world.start().done).toMatchObject({ error: { code: 'SCHEMA_NOT_AVRO' } })
    expect(world.gateway.arrived).toEqual([])
  })
})
