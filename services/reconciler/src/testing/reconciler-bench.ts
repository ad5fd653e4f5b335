import { Writable } from 'node:stream'
import type { NotifyLine } from '@payout/mapi/notify/notify-details'
import { formatNotifyDetails } from '@payout/mapi/notify/testing/format-notify-details'
import { type BatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { Fen } from '@payout/mapi/values/fen'
import { formatForm } from '@payout/mapi/wire/form'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { logger } from '@payout/runtime/observability/logging'
import { Metrics } from '@payout/runtime/observability/metrics'
import { DomainEventWriter, isPayoutEvent, type PayoutEvent } from '@payout/runtime/record/domain-event'
import { withCheckpoints } from '@payout/runtime/task/checkpointed-session'
import { FakeStateStore } from '@payout/runtime/testing/fake-state-store'
import { FakeTask } from '@payout/runtime/testing/fake-task'
import { eventType } from '@payout/schemas/cloud-event'
import { Codec } from '@payout/schemas/codec'
import type {
  GatewayAnswer,
  GatewayDecision,
  GatewayNotify,
  GatewayRequest,
  GatewayToSign,
  Records,
} from '@payout/schemas/generated/records'
import { type TopicName, topics } from '@payout/schemas/topics'
import { HOUR_MS } from '@payout/schemas/units'
import { parseBatch } from '../known-batches/batch-form.ts'
import { KeptBatches } from '../known-batches/kept-batches.ts'
import type { KnownBatch } from '../known-batches/known-batch.ts'
import { batchKey, payoutName } from '../known-batches/state-keys.ts'
import { reconcilerMetricTable } from '../metrics.ts'
import type { PayoutState } from '../payout-state/payout-state.ts'
import { reconcile } from '../reconciler.ts'
import type { ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { RECONCILER_TASKS } from '../topology.ts'
import { AGREEMENT_SETTINGS } from './agreement-settings.ts'

export const LANES = 4
/** Fewer than some tests have, so that some are read from Redis again. */
const KEPT_PAYOUTS = 4
export const HOUR = HOUR_MS
/** 12:00 on 21 November 2026 in China. */
export const NOON = Date.parse('2026-11-21T12:00:00+08:00')
export const PARTNER_ID = '2088101568338364'
/** A batch of lane 1, signed at noon. */
export const BATCH = '20261121001abcdefghijklmnopqrstu'
export const OTHER_BATCH = '20261121001zbcdefghijklmnopqrstu'

const CHANGES: readonly [TopicName, keyof Records][] = [
  ['gateway.requests', 'gateway.GatewayRequest'],
  ['gateway.answers', 'gateway.GatewayAnswer'],
  ['gateway.notifies', 'gateway.GatewayNotify'],
  ['gateway.commands', 'gateway.GatewayDecision'],
]

/** The reconciler on lane 1, over a log and a Redis in memory. */
export class ReconcilerBench {
  readonly codec = new Codec()
  readonly lane = new FakeTask({ partition: 1, ...RECONCILER_TASKS })
  readonly stateStore = new FakeStateStore()
  readonly clock = { at: NOON, now: () => this.clock.at }
  readonly lines: string[] = []
  readonly metrics = new Metrics('reconciler', reconcilerMetricTable)
  readonly dependencies: ReconcilerDependencies
  #offsets = 0

  constructor() {
    const { stateStore, codec, clock, metrics, lines } = this
    this.lane.now = NOON
    this.dependencies = {
      stateStore,
      kept: new KeptBatches(KEPT_PAYOUTS),
      codec,
      clock,
      metrics,
      logger: logger(
        'reconciler',
        'trace',
        new Writable({
          write: (chunk, _encoding, done) => {
            lines.push(String(chunk))
            done()
          },
        }),
      ),
      events: new DomainEventWriter(
        { partitionFor: async (_topic, key) => key.length % LANES },
        codec,
        '/test/reconciler',
      ),
      source: '/test/reconciler',
      partners: [{ alias: 'acme', returnFiles: undefined }],
      settings: {
        lanes: LANES,
        overdueAfterMs: 25 * HOUR,
        maxRecords: 500,
        keptPayouts: KEPT_PAYOUTS,
        agreements: AGREEMENT_SETTINGS,
        returnFiles: { againMs: HOUR, tries: 3 },
      },
    }
  }

  /** A signed request for payouts `ids`, each of 12.34 yuan to zhang@example.com. */
  request(ids: readonly string[], changes: Partial<GatewayRequest> = {}): LogRecord {
    return this.#append('gateway.requests', {
      partner: 'acme',
      service: 'batch_trans_notify_no_pwd',
      batchNo: BATCH,
      payDate: '20261121',
      signing: 1,
      charset: 'utf-8',
      body: Buffer.from(`partner=${PARTNER_ID}`),
      payer: { accountName: '某某公司', email: 'pay@acme.example', buyerAccountName: null },
      lines: ids.map((payoutId) => ({
        payoutId,
        serial: payoutId,
        payeeAccount: 'zhang@example.com',
        payeeName: '张三',
        amountFen: 1_234,
        memo: '工资',
        contentHash: 'hash',
        source: { topic: 'payout.commands', partition: 0, offset: this.#offsets++, line: 0, timestamp: NOON },
        claimedAt: NOON,
      })),
      signedAt: NOON,
      cause: null,
      resubmission: false,
      ...changes,
    } satisfies GatewayRequest)
  }

  answer(outcome: GatewayAnswer['outcome'], changes: Partial<GatewayAnswer> = {}): LogRecord {
    return this.#append('gateway.answers', {
      partner: 'acme',
      batchNo: BATCH,
      payDate: '20261121',
      attempt: 1,
      outcome,
      code: outcome === 'refused' ? 'ILLEGAL_ARGUMENT' : outcome === 'unknown' ? 'TIMED_OUT' : null,
      final: outcome !== 'unknown',
      resubmission: false,
      httpStatus: 200,
      body: null,
      sentAt: NOON,
      answeredAt: NOON,
      ...changes,
    } satisfies GatewayAnswer)
  }

  /** A notify with these lines; `details` where they are written by hand. */
  notify(
    lines: readonly Partial<NotifyLine>[],
    changes: Partial<GatewayNotify> = {},
    details: { success?: string; fail?: string } = {},
  ): LogRecord {
    const written = formatNotifyDetails(lines.map((line) => ({ ...paidLine, ...line })))
    const fields: [string, string][] = [
      ['notify_type', 'batch_trans_notify'],
      ['pay_user_id', PARTNER_ID],
      ['success_details', details.success ?? written.successDetails],
      ['fail_details', details.fail ?? written.failDetails],
    ]
    return this.#append('gateway.notifies', {
      partner: 'acme',
      batchNo: BATCH,
      notifyId: `n${this.lane.records('gateway.notifies').length}`,
      contentHash: `h${this.lane.records('gateway.notifies').length}`,
      body: Buffer.from(formatForm(fields.map(([name, value]) => [name, Buffer.from(value)]))),
      contentType: null,
      charset: 'utf-8',
      key: '0',
      receivedAt: NOON,
      ...changes,
    } satisfies GatewayNotify)
  }

  decide(decision: GatewayDecision['decision'], changes: Partial<GatewayDecision> = {}): LogRecord {
    return this.#append('gateway.commands', {
      partner: 'acme',
      payoutId: 'p1',
      decision,
      batchNo: BATCH,
      serial: 'p1',
      lookedAt: this.clock.at,
      lookedWhere: 'the console',
      alipaySaid: 'no such line',
      decidedBy: 'Li Si',
      reason: 'not in the books',
      source: { topic: 'payout.commands', partition: 3, offset: this.#offsets++, line: 0, timestamp: NOON },
      ...changes,
    } satisfies GatewayDecision)
  }

  /** One session, until it has read everything. */
  run(): Promise<void> {
    const checkpoints = { stateStore: this.stateStore, ...RECONCILER_TASKS }
    return withCheckpoints((session) => reconcile(session, this.dependencies), checkpoints)(this.lane.open())
  }

  get events(): PayoutEvent[] {
    return this.lane
      .records('payout.events')
      .map(({ value }) => this.codec.decode(value, topics['payout.events'].values))
      .filter(isPayoutEvent)
  }

  /** What the events say of a payout: `1 accepted`, `2 succeeded`. */
  said(payoutId = 'p1'): string[] {
    return this.events.flatMap(({ name, value }) => {
      if (value.payoutId !== payoutId) return []
      const version = 'version' in value ? `${value.version} ` : ''
      const detail = 'mismatch' in value ? ` ${value.mismatch}` : ''
      return [`${version}${name.slice('payout.Payout'.length).toLowerCase()}${detail}`]
    })
  }

  get toSign(): GatewayToSign[] {
    return this.asked('gateway.GatewayToSign')
  }

  /** What the signer is asked for, of one kind. */
  asked<N extends 'gateway.GatewayToSign' | 'gateway.GatewayFormToSign' | 'gateway.GatewayServiceToSign'>(
    name: N,
  ): Records[N][] {
    return this.lane
      .records('gateway.to-sign')
      .filter(({ headers }) => headers.ce_type === eventType(name))
      .map(({ value }) => this.codec.decode<N>(value, [name]).value)
  }

  state(payoutId = 'p1'): PayoutState | undefined {
    const home = this.stateStore.holders.get(payoutName('acme', payoutId))
    return home === undefined ? undefined : this.#known(home)?.payouts.get(payoutId)
  }

  /** What is known of a batch. */
  known(batchNo: string = BATCH): KnownBatch | undefined {
    return this.#known(batchKey('acme', batchNo))
  }

  #known(key: string): KnownBatch | undefined {
    const text = this.stateStore.values.get(key)
    return text === undefined ? undefined : parseBatch(key, text)
  }

  /** Appends a record of any kind. */
  put<N extends keyof Records>(topic: TopicName, name: N, key: string, value: Records[N]): LogRecord {
    return this.lane.append({ topic, key, value: this.codec.encode(name, value), headers: {} })
  }

  #append(topic: TopicName, value: { readonly partner: string; readonly batchNo: string }): LogRecord {
    const name = CHANGES.find(([of]) => of === topic)?.[1] ?? 'gateway.GatewayTimer'
    if (laneOf(value.batchNo as BatchNo, LANES) !== this.lane.partition) throw new RangeError('another lane')
    return this.put(topic, name, `${value.partner}/${value.batchNo}`, value as Records[typeof name])
  }
}

/** A line that was paid as it was asked for. */
const paidLine: NotifyLine = {
  serial: 'p1',
  account: 'zhang@example.com',
  name: '张三',
  amount: 1_234 as Fen,
  result: 'S',
  reason: null,
  alipaySerial: '2026112100001',
  completedAt: NOON,
}
