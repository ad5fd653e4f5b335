import { chinaDate, startOfChinaDate } from '@payout/mapi/china-time'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EgressBench, HOUR, type Running } from './testing/egress-bench.ts'
import { accepted, broken, refused } from './testing/fake-gateway.ts'

const BATCHES = 6
const DAY = 24 * HOUR

/** What happens to the lane from outside, in any order. */
const fault = fc.constantFrom(
  'crash',
  'zombie',
  'offsets-back',
  'midnight',
  'hours',
  'stop',
  'go',
  'redis-away',
  'redis-back',
  'nothing',
)

/** What Alipay does with one request. */
const behaviour = fc.record({
  /** The answer is lost, after the books were written. */
  lost: fc.boolean(),
  /** A refusal in place of taking it. */
  refusal: fc.constantFrom('none', 'none', 'none', 'NOT_ENOUGH_AMOUNT', 'SYSTEM_ERROR', 'ILLEGAL_ARGUMENT'),
  /** What a batch that is in the books is refused with: nobody knows which check comes first. */
  again: fc.constantFrom('BATCH_NO_NOT_UNIQUE', 'TRANS_NO_NOT_UNIQUE', 'NOT_ENOUGH_AMOUNT'),
  ms: fc.constantFrom(0, 1, 4),
})

/** Alipay, the signer and a person around a lane of egress. */
class World {
  readonly bench = new EgressBench({ concurrency: 3 })
  readonly books = new Set<string>()
  readonly wrongDays: string[] = []
  #running: Running
  #signed = 0

  constructor(behaviours: readonly { lost: boolean; refusal: string; again: string; ms: number }[]) {
    let next = 0
    this.bench.gateway.answering = async (batchNo) => {
      const { lost, refusal, again, ms } = behaviours[next++] ?? {
        lost: false,
        refusal: 'none',
        again: 'BATCH_NO_NOT_UNIQUE',
        ms: 0,
      }
      const body = this.bench.gateway.bodies.at(-1)?.toString() ?? ''
      if (!body.endsWith(`pay_date=${chinaDate(this.bench.now)}`)) this.wrongDays.push(body)
      const answer = this.books.has(batchNo) ? refused(again) : refusal === 'none' ? accepted : refused(refusal)
      if (answer === accepted) this.books.add(batchNo)
      await new Promise((resolve) => setTimeout(resolve, ms))
      return lost ? broken('CONNECTION_RESET') : answer
    }
    for (let i = 0; i < BATCHES; i++) this.bench.request(batch(i), { payDate: chinaDate(this.bench.now) })
    this.#running = this.bench.start()
  }

  async strike(what: string): Promise<void> {
    const { memory } = this.bench
    switch (what) {
      case 'crash':
        this.#running.session.kill()
        this.#running = this.bench.start()
        break
      case 'zombie':
        // The old session goes on until its next commit.
        this.#running = this.bench.start()
        break
      case 'offsets-back':
        this.#running.session.kill()
        await this.#running.done
        this.bench.rewind()
        memory.floorOf.clear()
        this.#running = this.bench.start()
        break
      case 'midnight':
        this.bench.now = startOfChinaDate(chinaDate(this.bench.now + DAY))
        break
      case 'hours':
        this.bench.now += HOUR
        break
      case 'stop':
        memory.stops.set('shop', { reason: 'person', since: this.bench.now })
        break
      case 'go':
        memory.stops.clear()
        break
      case 'redis-away':
        memory.away = true
        break
      case 'redis-back':
        memory.away = false
        break
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
    this.#sign()
  }

  /** Everything is well again, and whatever is left comes to its end. */
  async calm(): Promise<void> {
    this.bench.memory.away = false
    for (let i = 0; i < 400; i++) {
      this.bench.memory.stops.clear()
      const ended = await Promise.race([
        this.#running.done.then(() => true),
        new Promise((resolve) => setTimeout(() => resolve(false), 4)),
      ])
      if (ended === true) this.#running = this.bench.start()
      this.#sign()
      if (this.finals().size === BATCHES) break
      this.bench.now += 400_000
    }
    await this.bench.end()
  }

  /** The number of last words of each batch. */
  finals(): Map<string, number> {
    const finals = new Map<string, number>()
    for (const { batchNo, final } of this.bench.answers())
      if (final) finals.set(batchNo, (finals.get(batchNo) ?? 0) + 1)
    return finals
  }

  /** The signer signs again what it is asked to. */
  #sign(): void {
    const asked = this.bench.toSign()
    for (const { batchNo, signing } of asked.slice(this.#signed)) {
      this.bench.request(batchNo, { payDate: chinaDate(this.bench.now), signing })
    }
    this.#signed = asked.length
  }
}

function batch(i: number): string {
  return `20260701000${String(i).padStart(21, '0')}`
}

describe('a lane of egress, whatever happens', () => {
  it('says one last word on each batch, and calls no batch refused at its first attempt that Alipay has taken', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { maxLength: 20 }),
        fc.array(fault, { minLength: 1, maxLength: 12 }),
        async (behaviours, faults) => {
          const world = new World(behaviours)
          for (const what of faults) await world.strike(what)
          await world.calm()
          expect([...world.finals()].toSorted()).toEqual(Array.from({ length: BATCHES }, (_, i) => [batch(i), 1]))
          expect(world.wrongDays).toEqual([])
          // Only a call that a zombie has under way can overlap with another one; its answer counts for nothing.
          if (!faults.includes('zombie')) expect(world.bench.gateway.mostOfOne).toBe(1)
          for (const { batchNo, outcome, attempt, code } of world.bench.answers()) {
            if (outcome === 'accepted') expect(world.books).toContain(batchNo)
            if (outcome === 'refused' && attempt === 1 && !code?.endsWith('NOT_UNIQUE'))
              expect(world.books).not.toContain(batchNo)
          }
        },
      ),
      { numRuns: 40 },
    )
  })
})
