import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AgreementBench } from '../testing/agreement-bench.ts'
import { HOUR } from '../testing/reconciler-bench.ts'

/** Ends of a command; on hold ends a cancelling where its reason says so. */
const ENDS = ['Signed', 'NotSigned', 'Unsigned', 'Failed']

const step = fc.oneof(
  fc.record({
    kind: fc.constant('command' as const),
    action: fc.constantFrom('sign' as const, 'status' as const, 'unsign' as const),
    id: fc.nat(7),
    seenCode: fc.constantFrom(null, null, 'SYSTEM_ERROR', 'MERCHANT_UNSIGN', 'WHAT_IS_THIS'),
    otherContent: fc.nat(9).map((n) => n === 0),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    told: fc.constantFrom('both', 'refund', 'charge', 'none', 'refused', 'unknown', 'unreadable'),
    code: fc.constantFrom('ILLEGAL_PARTNER', 'STATUS_TYPE_CODE', 'ILLEGAL_SIGN'),
    attempt: fc.integer({ min: 0, max: 3 }),
    final: fc.nat(4).map((n) => n > 0),
    /** Which of all requests so far: usually the last. */
    back: fc.constantFrom(0, 0, 0, 0, 1, 2),
    twice: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('partner' as const) }),
  fc.record({ kind: fc.constant('time' as const), pass: fc.constantFrom(1_000, 15_000, 60_000, HOUR, 25 * HOUR) }),
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Service = { readonly requestId: string; readonly service: string }

/** What must hold of everything that was said and asked for. */
class Watch {
  readonly bench: AgreementBench
  #events = 0
  #asked = 0
  #version = 0
  readonly requests: Service[] = []
  readonly #ended = new Set<string>()
  readonly #forms = new Map<string, string>()
  #mayBeUnsigned = true

  constructor(bench: AgreementBench) {
    this.bench = bench
  }

  look(): void {
    const { state, events, toSign } = this.bench
    for (const one of toSign.slice(this.#asked)) {
      if (one.kind === 'service' || !one.value.withdrawn) expect(this.bench.hasPartner).toBe(true)
      if (one.kind === 'service') {
        // Nothing is cancelled while a form can be used: each form is younger than all cancellings before it.
        if (one.value.service === 'customer_unsign') expect(this.#forms.size).toBe(0)
        this.requests.push(one.value)
      } else if (one.value.withdrawn) {
        expect(this.#forms.get(one.value.commandId)).toBe(one.value.requestId)
        this.#forms.delete(one.value.commandId)
      } else {
        this.#forms.set(one.value.commandId, one.value.requestId)
        this.#mayBeUnsigned = true
        // A cancelling is never under way when a form is made.
        expect(state.request?.service).not.toBe('customer_unsign')
      }
    }
    this.#asked = toSign.length
    for (const { name, value } of events.slice(this.#events)) {
      const word = name.slice('agreement.Agreement'.length)
      if ('version' in value) {
        expect(value.version).toBeGreaterThan(this.#version)
        this.#version = value.version ?? 0
      }
      const isEnd = ENDS.includes(word) || ('reason' in value && value.reason === 'UNSIGN_UNKNOWN')
      if (isEnd) {
        expect([value.commandId, this.#ended.has(value.commandId)]).toEqual([value.commandId, false])
        this.#ended.add(value.commandId)
        expect(state.operations.some(({ commandId }) => commandId === value.commandId)).toBe(false)
      }
      if (word === 'Signed') this.#mayBeUnsigned = true
      if (word === 'Unsigned') {
        expect(this.#mayBeUnsigned).toBe(true)
        this.#mayBeUnsigned = false
      }
    }
    this.#events = events.length
    expect(state.version).toBeGreaterThanOrEqual(this.#version)
    expect(state.operations.filter(({ action }) => action !== 'status').length).toBeLessThanOrEqual(1)
    expect([...this.#forms.keys()]).toEqual(
      state.operations.filter(({ action }) => action === 'sign').map(({ commandId }) => commandId),
    )
    // What waits for an answer waits for the request that is under way, and nothing else does.
    const waits = state.operations.some(({ nextAt }) => nextAt === null)
    if (waits) expect(state.request).not.toBeNull()
  }

  /** What holds of all of it together. */
  end(): void {
    const { events, toSign } = this.bench
    const ids = new Set(
      toSign.flatMap((one) => (one.kind === 'form' && one.value.withdrawn ? [] : [one.value.requestId])),
    )
    expect(ids.size).toBe(toSign.filter((one) => one.kind === 'service' || !one.value.withdrawn).length)
    const eventIds = events.map(({ value }) => value.eventId)
    expect(new Set(eventIds).size).toBe(eventIds.length)
  }
}

describe('an agreement, whatever comes in whatever order', () => {
  it('UNS-6, MAPI-18: one end a command, versions that grow, one cancelling an agreement, no cancelling beside a form', {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const bench = new AgreementBench()
        const watch = new Watch(bench)
        for (const one of steps) {
          take(bench, watch, one)
          watch.look()
        }
        bench.hasPartner = true
        // In the end everything ends, as long as every request has its last word.
        for (let n = 0; n < 2_000 && bench.state.operations.length > 0; n++) {
          if (bench.state.request) bench.answer({ outcome: 'unknown' })
          else bench.untilDue()
        }
        watch.look()
        expect(bench.state.operations).toEqual([])
        watch.end()
      }),
      { numRuns: 500 },
    )
  })
})

function take(bench: AgreementBench, watch: Watch, one: Step): void {
  switch (one.kind) {
    case 'command': {
      // An id stands for one content, but now and then somebody uses it for another.
      const id = `${one.action}${one.id}`
      const changes = one.otherContent ? { contentHash: `other ${one.id}` } : {}
      if (one.action === 'status') bench.status(id, one.seenCode)
      else bench[one.action](id, changes)
      return
    }
    case 'answer': {
      const request = watch.requests.at(-1 - one.back)
      if (!request) return
      const answer = { ...bench.answerTo(changesOf(one)), requestId: request.requestId, service: request.service }
      for (let times = one.twice ? 2 : 1; times > 0; times--) bench.give(answer)
      return
    }
    case 'partner':
      // It is taken out of the partners file, or comes back.
      bench.hasPartner = !bench.hasPartner
      bench.step({ kind: 'time' })
      return
    case 'time':
      bench.pass(one.pass)
  }
}

function changesOf({ told, code, attempt, final }: Extract<Step, { kind: 'answer' }>) {
  const flag = (yes: boolean) => (yes ? 'T' : 'F')
  switch (told) {
    case 'refused':
      return { outcome: 'refused' as const, code, attempt: Math.max(1, attempt), final: true }
    case 'unknown':
      return { outcome: 'unknown' as const, attempt, final }
    case 'unreadable':
      return { body: Buffer.from('<html>') }
    default: {
      const charge = flag(told === 'both' || told === 'charge')
      const refund = flag(told === 'both' || told === 'refund')
      const body = `<alipay><is_success>T</is_success><charge_agent>${charge}</charge_agent><refund_charge>${refund}</refund_charge></alipay>`
      return { body: Buffer.from(body) }
    }
  }
}
