import type { ServiceName } from '@payout/mapi/interfaces/services'
import { readReturnFile } from '@payout/mapi/return-file/read-return-file'
import { Metrics } from '@payout/runtime/observability/metrics'
import { SWITCH_ORIGINS, switchRecord } from '@payout/runtime/switches/switch-record'
import { withCheckpoints } from '@payout/runtime/task/checkpointed-session'
import type { FakeSession } from '@payout/runtime/testing/fake-session'
import { FakeStateStore } from '@payout/runtime/testing/fake-state-store'
import { FakeSwitches } from '@payout/runtime/testing/fake-switches'
import { FakeTask } from '@payout/runtime/testing/fake-task'
import { Codec } from '@payout/schemas/codec'
import type {
  GatewayAnswer,
  GatewayAttempt,
  GatewayRequest,
  GatewayReturnRows,
  GatewayServiceAnswer,
  GatewayServiceRequest,
  GatewayToSign,
  Records,
} from '@payout/schemas/generated/records'
import { HOUR_MS, MIB } from '@payout/schemas/units'
import { onTestFinished } from 'vitest'
import { Egress, type EgressDependencies, type EgressSettings } from '../egress.ts'
import { egressMetricTable } from '../metrics.ts'
import { type BreakerSettings, PartnerBreakers } from '../permit/partner-breakers.ts'
import { PartnerStops } from '../permit/partner-stops.ts'
import { Slots } from '../permit/slots.ts'
import { EGRESS_TASKS, REQUESTS } from '../topology.ts'
import { FakeEvidence } from './fake-evidence.ts'
import { FakeGateway } from './fake-gateway.ts'

/** Noon in China on 1 July 2026. */
export const NOON = Date.parse('2026-07-01T12:00:00.000+08:00')
export const TODAY = '20260701'
export const TOMORROW = '20260702'
/** When tomorrow begins. */
export const MIDNIGHT = Date.parse('2026-07-02T00:00:00.000+08:00')
export const HOUR = HOUR_MS

/** Three batch numbers of the lane. */
export const A = '20260701000aaaaaaaaaaaaaaaaaaaaa'
export const B = '20260701000bbbbbbbbbbbbbbbbbbbbb'
export const C = '20260701000ccccccccccccccccccccc'

/** Three ids of service requests. */
export const Q = '20260701000qqqqqqqqqqqqqqqqqqqqq'
export const U = '20260701000uuuuuuuuuuuuuuuuuuuuu'
export const F = '20260701000fffffffffffffffffffff'

/** How many there are, of which the first is the bench's. */
export const LANES = 4
/** The partner's number at Alipay, as return files of the tests name it. */
export const PARTNER_ID = '2088101000922193'

/** No poll waits longer, whatever its time-out. */
const SHORT_WAIT_MS = 3

const standard: EgressSettings = {
  resend: 'identical',
  balanceStopMs: undefined,
  retry: { minMs: 1_000, maxMs: 300_000 },
  queuedPerPartner: 4,
  undecided: 64,
  backlogMaxBytes: 64 * MIB,
}

export interface BenchOptions extends Partial<EgressSettings> {
  readonly breaker?: BreakerSettings
  readonly concurrency?: number
  /** Those of another lane of the same process. */
  readonly fileSlots?: Slots
  readonly stops?: PartnerStops
}

/** A lane session that runs. */
export interface Running {
  readonly session: FakeSession
  /** Settles when the session's work has ended. */
  readonly done: Promise<{ error: unknown } | undefined>
}

/** One lane of egress on fakes, with a clock that stands still until the test moves it. */
export class EgressBench {
  readonly lane = new FakeTask({ partition: 0, ...EGRESS_TASKS })
  readonly stateStore = new FakeStateStore()
  readonly gateway = new FakeGateway()
  readonly evidence = new FakeEvidence()
  readonly codec = new Codec()
  readonly metrics = new Metrics('gateway-egress', egressMetricTable)
  now = NOON
  readonly switches: FakeSwitches
  readonly dependencies: EgressDependencies
  readonly #running: Running[] = []

  constructor({
    breaker = { unknowns: 1_000, openMs: 30 },
    concurrency = 4,
    fileSlots = new Slots(() => 1),
    stops,
    ...settings
  }: BenchOptions = {}) {
    this.lane.onIdle = (session) => session.pause(SHORT_WAIT_MS)
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
    const clock = { now: () => this.now }
    const records = () => this.lane.records('gateway.switches')
    this.switches = new FakeSwitches({ records, ...clock, codec: this.codec })
    this.dependencies = {
      namespace: 'test',
      codec: this.codec,
      stateStore: this.stateStore,
      gateway: this.gateway,
      evidence: this.evidence,
      readFile: readReturnFile,
      lanes: LANES,
      knowsPartner: (alias) => alias !== 'nobody',
      partnerSlots: new Slots(() => concurrency),
      fileSlots,
      breakers: new PartnerBreakers(breaker, () => undefined),
      stops: stops ?? new PartnerStops(this.switches, clock),
      clock,
      logger: silent,
      metrics: this.metrics,
      settings: { ...standard, ...settings },
      random: () => 0,
    }
  }

  /** The committed offset of the requests. */
  get committed(): number | undefined {
    return this.lane.offsets[REQUESTS]
  }

  /** The offset goes back, as somebody with Kafka's own tool could have it. */
  rewind(): void {
    this.lane.offsets[REQUESTS] = 0
  }

  /** A person stops the partner, or lets it go on: then all stops that stand in the log are taken back. */
  person(state: 'stopped' | 'goes', partner = 'shop'): void {
    const scope = `partner/${partner}`
    const origins = state === 'stopped' ? (['person'] as const) : SWITCH_ORIGINS
    for (const origin of origins) {
      const value = { scope, origin, state, at: this.now, by: 'Li', why: 'a test', until: null, cause: null }
      this.lane.append(switchRecord(value, { namespace: 'test', service: 'cli', codec: this.codec }))
    }
  }

  /** The stops of a partner that are in force by the log, short. */
  stopsOf(partner = 'shop'): string[] {
    return this.switches.board
      .stopsOf(partner, this.now)
      .map((stop) => (stop.kind === 'readable' ? `${stop.value.origin} ${stop.value.why}` : 'unreadable'))
  }

  /** A process takes the lane, and fences whoever had it. */
  start(): Running {
    const session = this.lane.open()
    const checkpoints = { stateStore: this.stateStore, ...EGRESS_TASKS }
    const handler = withCheckpoints((checkpointed) => Egress.run(this.dependencies, checkpointed), checkpoints)
    const done = handler(session).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    const running = { session, done }
    this.#running.push(running)
    return running
  }

  /** Ends whatever still runs. */
  async end(): Promise<void> {
    for (const { session, done } of this.#running) {
      session.kill()
      await done
    }
  }

  /** Puts a signed request into the lane; its offset. */
  request(batchNo: string, changes: Partial<GatewayRequest> = {}): number {
    const request = this.signed(batchNo, changes)
    const { offset } = this.lane.append({
      topic: 'gateway.requests',
      key: `${request.partner}/${batchNo}`,
      value: this.codec.encode('gateway.GatewayRequest', request),
      headers: {},
    })
    return offset
  }

  signed(batchNo: string, changes: Partial<GatewayRequest> = {}): GatewayRequest {
    const payDate = changes.payDate ?? TODAY
    const source = { topic: 'payout.commands', partition: 0, offset: 7, line: 0, timestamp: NOON }
    return {
      partner: 'shop',
      service: 'batch_trans_notify_no_pwd',
      batchNo,
      payDate,
      signing: 1,
      charset: 'utf-8',
      body: Buffer.from(`batch_no=${batchNo}&pay_date=${payDate}`),
      payer: { accountName: 'Shop', email: 'shop@example.com', buyerAccountName: null },
      lines: [
        {
          payoutId: `p-${batchNo}`,
          serial: batchNo.toLowerCase(),
          payeeAccount: 'payee@example.com',
          payeeName: 'Payee',
          amountFen: 100,
          memo: '',
          contentHash: 'h',
          source,
          claimedAt: NOON,
        },
      ],
      signedAt: NOON,
      cause: null,
      resubmission: false,
      ...changes,
    }
  }

  /** Puts a signed service request into the lane, good for an hour; its offset. */
  requestService(requestId: string, service: ServiceName, changes: Partial<GatewayServiceRequest> = {}): number {
    const about = service === 'bptb_refund_file' ? 'date=20101223' : 'user_email=user%40example.com'
    const request: GatewayServiceRequest = {
      partner: 'shop',
      requestId,
      service,
      charset: 'utf-8',
      body: Buffer.from(`service=${service}&partner=${PARTNER_ID}&${about}&sign=${requestId}`),
      sendBefore: this.now + HOUR,
      signedAt: this.now,
      cause: { topic: 'gateway.to-sign', partition: 0, offset: 3, line: 0, timestamp: NOON },
      ...changes,
    }
    const value = this.codec.encode('gateway.GatewayServiceRequest', request)
    const key = `${request.partner}/${requestId}`
    return this.lane.append({ topic: 'gateway.requests', key, value, headers: {} }).offset
  }

  answers(): GatewayAnswer[] {
    return this.#answered('gateway.GatewayAnswer')
  }

  serviceAnswers(): GatewayServiceAnswer[] {
    return this.#answered('gateway.GatewayServiceAnswer')
  }

  returnRows(): GatewayReturnRows[] {
    return this.#answered('gateway.GatewayReturnRows')
  }

  /** The answers about one batch number or request id, short. */
  answersTo(id: string): string[] {
    return [...this.answers(), ...this.serviceAnswers()]
      .filter((answer) => ('batchNo' in answer ? answer.batchNo : answer.requestId) === id)
      .map(({ attempt, outcome, code, final }) => `${attempt} ${outcome} ${code ?? '-'}${final ? ' final' : ''}`)
  }

  #answered<N extends 'gateway.GatewayAnswer' | 'gateway.GatewayServiceAnswer' | 'gateway.GatewayReturnRows'>(name: N) {
    const names = ['gateway.GatewayAnswer', 'gateway.GatewayServiceAnswer', 'gateway.GatewayReturnRows'] as const
    return this.lane.records('gateway.answers').flatMap(({ value }) => {
      const named = this.codec.decode(value, names)
      return named.name === name ? [named.value as Records[N]] : []
    })
  }

  toSign(): GatewayToSign[] {
    return this.lane
      .records('gateway.to-sign')
      .map(({ value }) => this.codec.decode(value, ['gateway.GatewayToSign']).value)
  }

  /** Every record about the batch number in `gateway.attempts`, in order: `forgotten` for a tombstone. */
  attempts(batchNo: string): string[] {
    return this.lane
      .records('gateway.attempts')
      .filter(({ key }) => key?.toString().endsWith(`/${batchNo}`))
      .map(({ value }) => {
        if (value === null) return 'forgotten'
        const attempt: GatewayAttempt = this.codec.decode(value, ['gateway.GatewayAttempt']).value
        return `${attempt.state} ${attempt.attempts}`
      })
  }

  /** Waits until the condition holds, while the lane works. */
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let i = 0; i < 4_000; i++) {
      if (condition()) return
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    throw new Error(`this never came: ${what}`)
  }

  /** Lets the lane go round some times, to see that something does not happen. */
  async rounds(count = 10): Promise<void> {
    for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 4))
  }
}

/** A bench that ends with the test. */
export function bench(options?: BenchOptions): EgressBench {
  const made = new EgressBench(options)
  onTestFinished(() => made.end())
  return made
}
