import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { patchKafkajs } from './patch.ts'
import { encodeProduce, type Produced, type ProduceProtocol, writeRecordsOnce } from './records-copied-often.ts'

const require = createRequire(import.meta.url)
const Long = require('kafkajs/src/utils/long')

/** kafkajs' own requests, which no correction reaches. */
const untouched = (version: number): ((produced: Produced) => { encode(): Promise<{ buffer: Buffer }> }) =>
  require(`kafkajs/src/protocol/requests/produce/v${version}/request`)

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const latin1 = fc.nat(0xff).map((unit) => String.fromCharCode(unit))
const units = ['grapheme-ascii', 'binary', latin1] as const
const text = fc.oneof(...units.map((unit) => fc.string({ unit, maxLength: 40 })))
const bytes = fc.uint8Array({ maxLength: 100 }).map((some) => Buffer.from(some))
const LARGE = ['x'.repeat(8_200), '€'.repeat(3_000), Buffer.alloc(10_000, 7)]
const content = fc.oneof({ arbitrary: fc.oneof(text, bytes), weight: 30 }, fc.constantFrom('', ...LARGE))
const moment = fc.oneof(fc.integer({ min: 1, max: 2 ** 42 }), fc.maxSafeInteger().map(Math.abs))
const record = fc.record({
  key: fc.option(optional(content), { nil: null }),
  value: fc.option(content, { nil: null }),
  timestamp: optional(fc.oneof(moment, moment.map(String))),
  headers: optional(fc.dictionary(text, fc.oneof(content, fc.array(content, { maxLength: 3 })), { maxKeys: 4 })),
})
const topic = fc.record({
  topic: text,
  partitions: fc.array(
    fc.record({
      partition: fc.nat(),
      firstSequence: optional(fc.nat()),
      messages: fc.array(record, { maxLength: 5 }),
    }),
    { maxLength: 2 },
  ),
})
const id = fc.bigInt({ min: -1n, max: 2n ** 63n - 1n })
const request: fc.Arbitrary<Produced> = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  transactionalId: fc.option(optional(text), { nil: null }),
  producerId: optional(fc.oneof(id.map(String), id.map(Long.fromValue.bind(Long)), fc.nat())),
  producerEpoch: optional(fc.nat(32_767)),
  compression: optional(fc.constant(0)),
  topicData: fc.array(topic, { maxLength: 2 }),
})

const one = (value: string | Buffer, headers = {}): Produced => ({
  acks: -1,
  timeout: 1,
  topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ key: null, value, headers }] }] }],
})

/** Both read the clock. */
function stopTheClock(): void {
  const clock = vi.spyOn(Date, 'now').mockReturnValue(1_795_883_846_653)
  onTestFinished(() => clock.mockRestore())
}

describe('a Produce request', () => {
  it.each([3, 7])('has the same bytes as the one that kafkajs makes itself, version %i', async (version) => {
    stopTheClock()
    const kafkajs = untouched(version)
    await fc.assert(
      fc.asyncProperty(request, async (produced) => {
        const { buffer } = await kafkajs(produced).encode()
        expect(encodeProduce(produced).equals(buffer)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('has them with values of every length around those where a length takes another byte', async () => {
    stopTheClock()
    const kafkajs = untouched(7)
    const near = (length: number) => Array.from({ length: 140 }, (_, at) => Math.max(0, length - 70 + at))
    for (const length of [...near(64), ...near(8_192), ...near(1_048_576).filter((_, at) => at % 20 === 0)])
      for (const value of [Buffer.alloc(length, 1), 'v'.repeat(length)]) {
        const { buffer } = await kafkajs(one(value)).encode()
        expect(encodeProduce(one(value)).equals(buffer), `${length} bytes`).toBe(true)
      }
  })

  it('may hold a header without a value, which kafkajs can not write, and nothing that is neither text nor bytes', () => {
    const bytesOf = (headers: object) => encodeProduce(one('v', headers)).subarray(-5).toString('hex')
    // One header, its name of one byte, and no value: -1.
    for (const nothing of [null, undefined]) expect(bytesOf({ h: nothing })).toBe('7602026801')
    expect(() => bytesOf({ h: 1 })).toThrow(TypeError)
  })
})

describe('writeRecordsOnce', () => {
  it('changes what is not compressed, from version 3 on, and of that only how it is encoded', async () => {
    const response = {}
    const calls: number[] = []
    const produce: ProduceProtocol = {
      protocol: ({ version }) => {
        return () => {
          calls.push(version)
          const encode = async () => ({ buf: Buffer.from('old'), buffer: Buffer.from('old') })
          return { request: { apiVersion: version, encode }, response }
        }
      },
    }
    writeRecordsOnce(produce)
    const made = (version: number, compression?: number) => produce.protocol({ version })({ ...one('v'), compression })
    const isOld = async (version: number, compression?: number) =>
      (await made(version, compression).request.encode()).buffer.toString() === 'old'
    expect(await Promise.all([isOld(2), isOld(7, 1), isOld(3), isOld(7, 0), isOld(7)])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(made(7)).toMatchObject({ request: { apiVersion: 7 }, response })
  })

  it("reaches kafkajs' own requests", async () => {
    patchKafkajs()
    const produce: ProduceProtocol = require('kafkajs/src/protocol/requests/produce')
    const asked = one('v', { h: null })
    await expect(untouched(7)(asked).encode()).rejects.toThrow(TypeError)
    await expect(produce.protocol({ version: 7 })(asked).request.encode()).resolves.toBeDefined()
  })
})
