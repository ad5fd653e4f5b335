import type { ServiceName } from '@payout/mapi/interfaces/services'
import { chinaDate, startOfChinaDate } from '@payout/mapi/values/china-time'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatewayReply } from './gateway/gateway.ts'
import { EgressBench, F, HOUR, NOON, Q, type Running, U } from './testing/egress-bench.ts'
import { accepted, broken, file, refused } from './testing/fake-gateway.ts'
import { returnFile } from './testing/return-archive.ts'

const BATCHES = 6
const DAY = 24 * HOUR
const SERVICES: ReadonlyMap<string, ServiceName> = new Map([
  [Q, 'query_customer_protocol'],
  [U, 'customer_unsign'],
  [F, 'bptb_refund_file'],
  [F.replaceAll('f', 'g'), 'bptb_refund_file'],
])
/** How long the service requests are good for. */
const SEND_BEFORE = NOON + 30 * HOUR
/** Two records of rows, since there are two batch numbers. */
const RETURNED = returnFile([
  { batchNo: 'bptb_1', serial: '1', withdrawalSerial: '1' },
  { batchNo: 'bptb_2', serial: '2', withdrawalSerial: '2' },
])

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
  'disk-full',
  'disk-free',
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

interface Behaviour {
  readonly lost: boolean
  readonly refusal: string
  readonly again: string
  readonly ms: number
}

/** Alipay, the signer and a person around a lane of egress. */
class World {
  readonly bench = new EgressBench({ concurrency: 3 })
  readonly books = new Set<string>()
  /** Calls that were made on another day than the request's, or after its time. */
  readonly tooLate: string[] = []
  #running: Running
  #signed = 0

  constructor(behaviours: readonly Behaviour[]) {
    let next = 0
    this.bench.gateway.answering = async (id) => {
      const how = behaviours[next++] ?? { lost: false, refusal: 'none', again: 'BATCH_NO_NOT_UNIQUE', ms: 0 }
      const service = SERVICES.get(id)
      const answer = service === undefined ? this.#takeBatch(id, how) : this.#serve(service, how)
      await new Promise((resolve) => setTimeout(resolve, how.ms))
      return how.lost ? broken('CONNECTION_RESET') : answer
    }
    for (let i = 0; i < BATCHES; i++) this.bench.request(batch(i), { payDate: chinaDate(this.bench.now) })
    for (const [id, service] of SERVICES) this.bench.requestService(id, service, { sendBefore: SEND_BEFORE })
    this.#running = this.bench.start()
  }

  #takeBatch(batchNo: string, { refusal, again }: Behaviour): GatewayReply {
    const body = this.bench.gateway.bodies.at(-1)?.toString() ?? ''
    if (!body.endsWith(`pay_date=${chinaDate(this.bench.now)}`)) this.tooLate.push(body)
    if (this.books.has(batchNo)) return refused(again)
    if (refusal !== 'none') return refused(refusal)
    this.books.add(batchNo)
    return accepted
  }

  #serve(service: ServiceName, { refusal }: Behaviour): GatewayReply {
    if (this.bench.now >= SEND_BEFORE) this.tooLate.push(service)
    if (refusal !== 'none') return refused(refusal)
    return service === 'bptb_refund_file' ? file(RETURNED) : accepted
  }

  async strike(what: string): Promise<void> {
    const { stateStore, evidence } = this.bench
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
        stateStore.checkpointOf.clear()
        this.#running = this.bench.start()
        break
      case 'midnight':
        this.bench.now = startOfChinaDate(chinaDate(this.bench.now + DAY))
        break
      case 'hours':
        this.bench.now += HOUR
        break
      case 'stop':
        this.bench.person('stopped')
        break
      case 'go':
        this.bench.person('goes')
        break
      case 'redis-away':
        stateStore.away = true
        break
      case 'redis-back':
        stateStore.away = false
        break
      case 'disk-full':
        evidence.full = true
        break
      case 'disk-free':
        evidence.full = false
        break
    }
    await new Promise((resolve) => setTimeout(resolve, 2))
    this.#sign()
  }

  /** Everything is well again, and whatever is left comes to its end. */
  async calm(): Promise<void> {
    this.bench.stateStore.away = false
    this.bench.evidence.full = false
    for (let i = 0; i < 400; i++) {
      this.bench.person('goes')
      const ended = await Promise.race([
        this.#running.done.then(() => true),
        new Promise((resolve) => setTimeout(() => resolve(false), 4)),
      ])
      if (ended === true) this.#running = this.bench.start()
      this.#sign()
      if (this.finals().size === BATCHES + SERVICES.size) break
      this.bench.now += 400_000
    }
    await this.bench.end()
  }

  /** The number of last words on each request. */
  finals(): Map<string, number> {
    const finals = new Map<string, number>()
    const say = (id: string): unknown => finals.set(id, (finals.get(id) ?? 0) + 1)
    for (const { batchNo, final } of this.bench.answers()) if (final) say(batchNo)
    for (const { requestId, final, code } of this.bench.serviceAnswers()) {
      // Read again days after its last word was forgotten, it is too old, and nobody waits for it any more.
      const isForgotten = code === 'REQUEST_TOO_OLD' && finals.has(requestId)
      if (final && !isForgotten) say(requestId)
    }
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

const ids = [...Array.from({ length: BATCHES }, (_, i) => batch(i)), ...SERVICES.keys()]

describe('a lane of egress, whatever happens', () => {
  it('says one last word on each request, calls no batch refused at its first attempt that Alipay has taken, and gives the rows of a file once', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { maxLength: 30 }),
        fc.array(fault, { minLength: 1, maxLength: 12 }),
        async (behaviours, faults) => {
          const world = new World(behaviours)
          for (const what of faults) await world.strike(what)
          await world.calm()
          expect(world.finals()).toEqual(new Map(ids.map((id) => [id, 1])))
          expect(world.tooLate).toEqual([])
          // Only a call that a zombie has under way can overlap with another one; its answer counts for nothing.
          if (!faults.includes('zombie')) expect(world.bench.gateway.mostOfOne).toBe(1)
          for (const { batchNo, outcome, attempt, code } of world.bench.answers()) {
            if (outcome === 'accepted') expect(world.books).toContain(batchNo)
            if (outcome === 'refused' && attempt === 1 && !code?.endsWith('NOT_UNIQUE'))
              expect(world.books).not.toContain(batchNo)
          }
          const taken = world.bench.serviceAnswers().filter(({ file }) => file?.rows === 2)
          const returned = world.bench.returnRows().map(({ requestId, batchNo }) => `${requestId} ${batchNo}`)
          expect(returned.toSorted()).toEqual(
            taken.flatMap(({ requestId }) => [`${requestId} bptb_1`, `${requestId} bptb_2`]).toSorted(),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})
