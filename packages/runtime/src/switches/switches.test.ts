import { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { describe, expect, it, onTestFinished } from 'vitest'
import { LogUnavailableError } from '../event-log/errors.ts'
import type { LogRecord, Tail } from '../event-log/port.ts'
import { Metrics } from '../observability/metrics.ts'
import { partnerScope, SWITCHES, switchRecord } from './switch-record.ts'
import { Switches, type SwitchReading, switchMetricTable } from './switches.ts'

const codec = new Codec()
const WALL = 1_795_233_600_000

/** A log whose tail gives what the test has appended, or fails, or does not answer. */
class Bench {
  now = 0
  wall = WALL
  answer: 'well' | 'away' | 'never' = 'well'
  /** How long a reading takes. */
  tookMs = 0
  readonly said: string[] = []
  readonly metrics = new Metrics('test', switchMetricTable)
  readonly readings: SwitchReading[] = []
  readonly switches: Switches
  #asked = 0
  #next = 0
  readonly #records: LogRecord[] = []

  /** @param prepare before anything is read */
  constructor(prepare: (bench: Bench) => void = () => undefined) {
    prepare(this)
    const say = (_: unknown, message?: string) => void this.said.push(message ?? String(_))
    this.switches = new Switches({
      log: { tail: () => this.#tail() },
      codec,
      clock: { now: () => this.wall },
      logger: { info: say, warn: say, error: say },
      metrics: this.metrics,
      monotonic: () => this.now,
      askMs: 1,
    })
    this.switches.onReading((reading) => this.readings.push(reading))
    onTestFinished(() => this.switches.close())
  }

  append(changes: Partial<GatewaySwitch>): void {
    const scope = partnerScope('shop')
    const value = { scope, origin: 'person', state: 'stopped', at: WALL, by: 'Li', why: 'x', until: null, cause: null, ...changes } as const // biome-ignore format: one record
    const { key, ...written } = switchRecord(value, { namespace: 'test', service: 'cli', codec })
    this.put(String(key), written.value)
  }

  put(key: string, value: Buffer | null): void {
    const place = { topic: SWITCHES, partition: 0, offset: this.#records.length, timestamp: WALL } as const
    this.#records.push({ ...place, key: Buffer.from(key), value, headers: {} })
  }

  /** The topic was asked again, and what came is known. */
  async asked(): Promise<void> {
    const before = this.#asked
    await this.until(() => this.#asked > before + 1, 'the topic is asked')
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let i = 0; i < 4_000; i++) {
      if (await condition()) return
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    throw new Error(`this never came: ${what}`)
  }

  async gauge(name: 'switches_known' | 'switches_stopped'): Promise<string> {
    return this.metrics.registry.getSingleMetricAsString(name)
  }

  #tail(): Tail {
    return {
      next: async ({ signal } = {}) => {
        this.#asked += 1
        this.now += this.tookMs
        switch (this.answer) {
          case 'well': {
            const read = this.#records.slice(this.#next)
            this.#next = this.#records.length
            return read
          }
          case 'away':
            throw new LogUnavailableError('asking for the end')
          case 'never':
            return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
        }
      },
    }
  }
}

describe('the switches of a process (S5.6)', () => {
  it('are not known before the topic was read to its end for the first time', async () => {
    const bench = new Bench((each) => each.append({}))
    expect(bench.switches.known).toBe(false)
    await bench.until(() => bench.switches.known, 'it is known')
    expect([bench.switches.isStopped('shop'), bench.switches.isStopped('other')]).toEqual([true, false])
  })

  it('follow the topic', async () => {
    const bench = new Bench()
    await bench.asked()
    expect(bench.switches.isStopped('shop')).toBe(false)
    bench.append({})
    await bench.until(() => bench.switches.isStopped('shop'), 'the stop')
    expect(await bench.gauge('switches_stopped')).toContain('partner="shop"')
    bench.append({ state: 'goes' })
    await bench.until(() => !bench.switches.isStopped('shop'), 'the end of the stop')
    await bench.until(async () => !(await bench.gauge('switches_stopped')).includes('partner="shop"'), 'the gauge')
    expect(bench.readings.flatMap(({ values }) => values.map(({ state }) => state))).toEqual(['stopped', 'goes'])
  })

  it.each(['away', 'never'] as const)(
    'are known no longer than two seconds after the last reading began: Kafka %s',
    async (answer) => {
      const bench = new Bench()
      await bench.asked()
      bench.answer = answer
      await bench.until(() => bench.switches.known, 'it is known')
      // A reading that began before may still end.
      await new Promise((resolve) => setTimeout(resolve, 10))
      bench.now += 2_000
      expect(bench.switches.known).toBe(true)
      bench.now += 1
      expect(bench.switches.known).toBe(false)
      expect(bench.switches.state).toContain('was not read to its end')
      await bench.until(() => bench.said.some((line) => line.includes('nobody knows')), 'the log tells of it')
      expect(await bench.gauge('switches_known')).toMatch(/ 0$/m)
    },
  )

  it('are not known where the time of day went on without the clock that never goes back: the machine was asleep', async () => {
    const bench = new Bench()
    await bench.asked()
    bench.answer = 'never'
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(bench.switches.known).toBe(true)
    bench.wall += 30_000
    expect(bench.switches.known).toBe(false)
  })

  it('are known where the time of day was put back', async () => {
    const bench = new Bench()
    await bench.asked()
    bench.wall -= 3_600_000
    await bench.asked()
    expect(bench.switches.known).toBe(true)
  })

  it('a reading counts from its beginning: what was written while it went on may not be in it', async () => {
    const bench = new Bench((each) => {
      each.tookMs = 2_001
    })
    await bench.asked()
    expect(bench.switches.known).toBe(false)
    bench.tookMs = 0
    await bench.until(() => bench.switches.known, 'it is known')
  })

  it('are known again, with all that came meanwhile, when Kafka is back', async () => {
    const bench = new Bench()
    await bench.asked()
    bench.answer = 'away'
    await bench.asked()
    bench.now += 10_000
    bench.append({})
    expect(bench.switches.known).toBe(false)
    await bench.until(() => bench.said.length > 0, 'the log tells of it')
    bench.answer = 'well'
    await bench.until(() => bench.switches.known, 'it is known')
    expect(bench.switches.isStopped('shop')).toBe(true)
    await bench.until(() => bench.said.some((line) => line.includes('work goes on')), 'the log tells that it is over')
  })

  it('an unreadable one of a partner stops that partner; one of nobody knows what stops all', async () => {
    const bench = new Bench((each) => each.put('partner/shop/person', Buffer.from('?')))
    await bench.until(() => bench.switches.known, 'it is known')
    expect([bench.switches.isStopped('shop'), bench.switches.isStopped('other')]).toEqual([true, false])
    bench.put('?', Buffer.from('?'))
    await bench.until(() => !bench.switches.known, 'nobody knows')
    expect(bench.switches.state).toContain('stops everything')
    expect(bench.said).toContain('a switch cannot be read: what it is about is stopped')
    bench.put('?', null)
    await bench.until(() => bench.switches.known, 'it is known again')
  })

  it('whoever waits until they are known can be stopped', async () => {
    const bench = new Bench((each) => {
      each.answer = 'never'
    })
    const ended = new AbortController()
    const waiting = bench.switches.untilKnown(ended.signal)
    ended.abort(new Error('no longer'))
    await expect(waiting).rejects.toThrow('no longer')
  })
})
