import { Writable } from 'node:stream'
import { type SignType, signingKey } from '@payout/mapi/signature/key'
import type { LogRecord, TaskSession } from '@payout/runtime/event-log/port'
import { logger } from '@payout/runtime/observability/logging'
import { Metrics } from '@payout/runtime/observability/metrics'
import { type Partner, Partners } from '@payout/runtime/partners/partners'
import { DomainEventWriter, type PayoutEvent } from '@payout/runtime/record/domain-event'
import { type CheckpointedSession, withCheckpoints } from '@payout/runtime/task/checkpointed-session'
import { FakeStateStore } from '@payout/runtime/testing/fake-state-store'
import { Codec } from '@payout/schemas/codec'
import type {
  GatewayRequest,
  PayoutBatchRequested,
  PayoutDecided,
  PayoutPayoutLine,
  PayoutRequested,
} from '@payout/schemas/generated/records'
import { DAY_MS } from '@payout/schemas/units'
import { signerMetricTable } from '../metrics.ts'
import { EgressLag } from '../payout/egress-lag.ts'
import { runPayoutTask } from '../payout/payout-task.ts'
import { RequestSigner } from '../payout/request-signer.ts'
import type { SignerDependencies, SignerSettings } from '../signer-dependencies.ts'
import { runToSignTask } from '../to-sign/to-sign-task.ts'
import { SIGNER_TASKS } from '../topology.ts'
import { FakeLog, LANES } from './fake-log.ts'

/** 12:00 on 21 November 2026 in China. */
export const NOON = Date.parse('2026-11-21T12:00:00+08:00')
export const SECRET = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'
export const PARTNER_ID = '2088101568338364'
export const FORM_URL = 'https://pay.acme.example'

export const acme = partner({})

export function partner(changes: Partial<Partner> & { signType?: SignType }): Partner {
  const accounts = [
    { id: 'pay@acme.example', name: '某某公司', email: 'pay@acme.example', buyerAccountName: undefined },
    { id: 'second', name: '第二公司', email: undefined, buyerAccountName: 'second' },
  ] as const
  return {
    alias: 'acme',
    partnerId: PARTNER_ID as Partner['partnerId'],
    charset: 'gbk',
    signType: 'MD5',
    notifyUrl: 'https://pay.acme.example/notify/acme',
    maxAmountFen: 5_000_000,
    maxConcurrency: 4,
    extendParam: undefined,
    testAccount: false,
    returnFiles: undefined,
    signingKey: signingKey('MD5', SECRET),
    verifyingKeys: [],
    accounts,
    account: (payer) => (payer ? accounts.find(({ id }) => id === payer) : accounts[0]),
    ...changes,
  }
}

export function payout(payoutId: string, changes: Partial<PayoutRequested> = {}): PayoutRequested {
  return {
    payoutId,
    partner: 'acme',
    payer: null,
    payeeAccount: 'zhang@example.com',
    payeeName: '张三',
    amountFen: 1_234,
    memo: '工资',
    requestedAt: null,
    ...changes,
  }
}

export function decided(changes: Partial<PayoutDecided> = {}): PayoutDecided {
  return {
    payoutId: 'p1',
    partner: 'acme',
    decision: 'failed',
    batchNo: '20261120001abcdefghijklmnopqrstu',
    serial: 'p1',
    lookedAt: NOON - 1_000,
    lookedWhere: 'the console, page of the batch',
    alipaySaid: 'no such line',
    decidedBy: 'Li Si',
    reason: 'it is not in the books',
    ...changes,
  }
}

/** The signer on one partition of commands, over a log and a Redis in memory. */
export class SignerBench {
  readonly codec = new Codec()
  readonly log = new FakeLog()
  readonly stateStore = new FakeStateStore()
  readonly clock = { at: NOON, now: () => this.clock.at }
  readonly lines: string[] = []
  readonly metrics = new Metrics('signer', signerMetricTable)
  /** Whether it is known how the switches stand. */
  readonly switches = { known: true }
  readonly dependencies: SignerDependencies

  constructor(
    settings: Partial<SignerSettings> = {},
    partners: readonly Partner[] = [acme],
    defaultMemo: string = '付款',
  ) {
    const { log, stateStore, switches, codec, clock, metrics, lines } = this
    const all = new Partners(partners)
    const source = '/test/signer'
    this.log.now = NOON
    this.stateStore.now = NOON
    this.dependencies = {
      log,
      stateStore,
      switches,
      codec,
      clock,
      metrics,
      source,
      logger: logger(
        'signer',
        'trace',
        new Writable({
          write: (chunk, _encoding, done) => {
            lines.push(String(chunk))
            done()
          },
        }),
      ),
      rules: { partner: (alias) => all.get(alias), defaultMemo },
      requestSigner: new RequestSigner({ codec, clock, lanes: LANES, source }),
      events: new DomainEventWriter(log, codec, source),
      egressLag: new EgressLag(log),
      settings: {
        lanes: LANES,
        claimLifeMs: 30 * DAY_MS,
        maxRecords: 1_000,
        lingerMs: 0,
        lingerAboveLag: 50,
        formUrl: FORM_URL,
        ...settings,
      },
    }
  }

  request(command: PayoutRequested, partition = 0, headers: Record<string, string> = {}): LogRecord {
    const value = this.codec.encode('payout.PayoutRequested', command)
    return this.log.append({ topic: 'payout.commands', partition, value, headers })
  }

  requestBatch(
    lines: readonly PayoutPayoutLine[],
    changes: Partial<PayoutBatchRequested> = {},
    partition = 0,
  ): LogRecord {
    const command = { partner: 'acme', payer: null, lines, requestedAt: null, ...changes }
    const value = this.codec.encode('payout.PayoutBatchRequested', command)
    return this.log.append({ topic: 'payout.commands', partition, value })
  }

  decide(decision: PayoutDecided): LogRecord {
    const value = this.codec.encode('payout.PayoutDecided', decision)
    return this.log.append({ topic: 'payout.commands', partition: 0, value })
  }

  /** One session, until it has read everything. */
  run(partition = 0): Promise<void> {
    return this.work(this.log.open('payout.commands', partition), runPayoutTask)
  }

  runToSign(partition: number): Promise<void> {
    return this.work(this.log.open('gateway.to-sign', partition), runToSignTask)
  }

  /** What is done in a session, with the session as app.ts has it made. */
  work(
    session: TaskSession,
    what: (session: CheckpointedSession, dependencies: SignerDependencies) => Promise<void>,
  ): Promise<void> {
    const checkpoints = { stateStore: this.stateStore, ...SIGNER_TASKS }
    return withCheckpoints((checkpointed) => what(checkpointed, this.dependencies), checkpoints)(session)
  }

  get requests(): GatewayRequest[] {
    return this.log
      .all('gateway.requests')
      .map(({ value }) => this.codec.decode(value, ['gateway.GatewayRequest']).value)
  }

  get events(): PayoutEvent[] {
    return this.log
      .all('payout.events')
      .map(({ value }) => this.codec.decode(value, ['payout.PayoutFailed', 'payout.PayoutRefused']))
  }

  /** Ids of the payouts that were signed, in the order of the requests. */
  get signed(): string[] {
    return this.requests.flatMap(({ lines }) => lines.map(({ payoutId }) => payoutId))
  }
}
