/** What is committed while another transaction that is still open holds the last stable offset back. */
import type { LogRecord, OutgoingRecord, TaskSession } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import { qualifiedTopic, type TopicName } from '@payout/schemas/topics'
import { OwnOutputs } from '@payout/signer/payout/own-outputs'
import { batch, signer } from '@payout/signer/testing/signed'
import { NOON } from '@payout/signer/testing/signer-bench'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { answers, fill, Ground, idle, requests } from './ground.ts'
import { openTransaction } from './kafka-tools.ts'

const commands: TopicName = 'payout.commands'

const ground = new Ground(inject('brokers'))

function signed(id: string, offset: number): OutgoingRecord {
  const one = batch([id])
  const [payable] = one.payables
  if (payable === undefined) throw new RangeError('one payout')
  const instruction = { ...payable.instruction, coordinates: { ...payable.instruction.coordinates, offset } }
  const record = signer(NOON).sign({ ...one, payables: [{ ...payable, instruction }] })
  if (record === undefined) throw new RangeError('one request')
  // All of them stand in one partition, whatever their number.
  return { ...record, partition: 0 }
}

describe('behind an open transaction of somebody else', { timeout: 60_000 }, () => {
  it('S2.2: a task finds its own committed output, and does not take an aborted one for it', async () => {
    const { log, namespace } = await ground.world(1, [commands, requests, 'payout.events'])
    const topic = qualifiedTopic(namespace, requests)
    const open = await openTransaction(ground.brokers, topic, 0)
    onTestFinished(() => open.abort())
    const { promise: found, resolve, reject } = Promise.withResolvers<boolean[]>()
    let sessions = 0
    const look = async (session: TaskSession) => {
      const outputs = new OwnOutputs(log, new Codec(), session)
      const now = Date.now()
      return [await outputs.has(0, 0, now), await outputs.has(1, 0, now), await outputs.has(2, 0, now)]
    }
    const consumer = await log.consume({
      group: 'signer',
      tasks: 'by-partition',
      topics: [commands],
      handler: async (session) => {
        if (++sessions === 1) {
          await session.commit([signed('committed', 0)], {})
          const crashed = await openTransaction(ground.brokers, topic, 0, signed('aborted', 1).value ?? undefined)
          await crashed.abort()
          throw new Error('broken on purpose, before the checkpoint was raised')
        }
        await look(session).then(resolve, reject)
        await idle(session)
      },
    })
    expect(await found).toEqual([true, false, false])
    // It is the last stable offset that hides it: what is read to there knows nothing of it.
    expect((await log.offsets(requests)).map(({ end }) => end)).toEqual([0])
    await consumer.stop(5_000)
  })

  it('S2.2: a reading of what is decided gives all that is committed and nothing else, and ends', async () => {
    const { log, namespace } = await ground.world(1)
    const topic = qualifiedTopic(namespace, answers)
    const record = (value: string) => ({
      topic: answers,
      partition: 0,
      key: null,
      value: Buffer.from(value),
      headers: {},
    })
    let open: Awaited<ReturnType<typeof openTransaction>> | undefined
    const written = Promise.withResolvers<void>()
    const consumer = await log.consume({
      group: 'writer',
      tasks: 'by-lane',
      topics: [requests],
      handler: async (session) => {
        await session.commit([record('before')], {})
        open = await openTransaction(ground.brokers, topic, 0)
        await session.commit([record('behind 1'), record('behind 2')], {})
        await (await openTransaction(ground.brokers, topic, 0, Buffer.from('aborted'))).abort()
        await fill(log, { topic: answers, partitions: 1, count: 1, bytes: 0, name: 'plain' })
        await session.commit([record('behind 3')], {})
        written.resolve()
        await idle(session)
      },
    })
    await written.promise
    // A marker, the open record, two and a marker, one and a marker, a plain one, one and a marker. A marker may come
    // behind what is written next.
    await expect.poll(() => log.written(answers), { timeout: 20_000 }).toEqual([11])
    const read = async (until: 'end' | 'decided', at: 'beginning' | { offset: number } = 'beginning') => {
      const records: LogRecord[] = []
      for await (const one of log.read({ from: [{ topic: answers, partition: 0, at }], until })) records.push(one)
      return records.map(({ value }) => String(value))
    }
    expect(await read('end')).toEqual(['before'])
    const beyond = ['behind 1', 'behind 2', 'plain-0-0', 'behind 3']
    expect(await read('decided')).toEqual(['before', ...beyond])
    expect(await read('decided', { offset: 5 })).toEqual(beyond.slice(2))
    await open?.abort()
    await expect.poll(() => log.offsets(answers), { timeout: 20_000 }).toEqual([{ beginning: 0, end: 12 }])
    expect(await read('decided')).toEqual(['before', ...beyond])
    await consumer.stop(5_000)
  })
})
