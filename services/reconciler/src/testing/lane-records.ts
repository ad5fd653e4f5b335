import type { LogRecord } from '@payout/runtime/event-log/port'
import type { AgreementEvent, ReturnFileEvent } from '@payout/runtime/record/domain-event'
import type {
  GatewayAgreementCommand,
  GatewayReturnRow,
  GatewayReturnRows,
  GatewayServiceAnswer,
  PayoutReturned,
} from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import type { LaneState } from '../lane/lane-states.ts'
import { STATES } from '../topology.ts'
import { BATCH, HOUR, NOON, type ReconcilerBench } from './reconciler-bench.ts'
import { FILE_HASH } from './return-fixture.ts'

/** A command about an agreement, as the signer hands it on. */
export function giveCommand(bench: ReconcilerBench, command: GatewayAgreementCommand): LogRecord {
  const { partner, agreementId } = command
  return bench.put('gateway.commands', 'gateway.GatewayAgreementCommand', `${partner}/${agreementId}`, command)
}

/**
 * A payout `p1` that a person has sent again a day later, its second request signed.
 * @returns the second batch number
 */
export async function sendAgain(bench: ReconcilerBench): Promise<string> {
  const now = NOON + 24 * HOUR
  bench.request(['p1'])
  bench.answer('unknown', { final: true, code: 'PAY_DATE_PASSED' })
  await bench.run()
  bench.clock.at = now
  bench.decide('again')
  await bench.run()
  const batchNo = bench.toSign[0]?.batchNo ?? ''
  bench.request(['p1'], { batchNo, resubmission: true, payDate: '20261122', signedAt: now })
  await bench.run()
  return batchNo
}

/** A command for a return file. */
export function giveFileCommand(
  bench: ReconcilerBench,
  partner: string,
  fileDate: string,
  timestamp = NOON,
): LogRecord {
  const source = { topic: 'payout.commands', partition: 0, offset: 77, line: 0, timestamp }
  const key = `${partner}/return-file/${fileDate}`
  return bench.put('gateway.commands', 'gateway.GatewayReturnFileCommand', key, { partner, fileDate, source })
}

export function giveServiceAnswer(bench: ReconcilerBench, answer: GatewayServiceAnswer): LogRecord {
  const key = `${answer.partner}/${answer.requestId}`
  return bench.put('gateway.answers', 'gateway.GatewayServiceAnswer', key, answer)
}

/** A signed request of another service, which is egress's business. */
export function giveServiceRequest(bench: ReconcilerBench, requestId: string): LogRecord {
  return bench.put('gateway.requests', 'gateway.GatewayServiceRequest', `acme/${requestId}`, {
    partner: 'acme',
    requestId,
    service: 'query_customer_protocol',
    charset: 'utf-8',
    body: Buffer.from('service=query_customer_protocol'),
    sendBefore: NOON,
    signedAt: NOON,
    cause: { topic: 'gateway.to-sign', partition: 1, offset: 3, line: 0, timestamp: NOON },
  })
}

/** Rows of a return file, all of one batch number. */
export function giveRows(
  bench: ReconcilerBench,
  rows: readonly GatewayReturnRow[],
  changes: Partial<GatewayReturnRows> = {},
): LogRecord {
  const value: GatewayReturnRows = {
    partner: 'acme',
    batchNo: BATCH,
    requestId: '20261121001rrrrrrrrrrrrrrrrrrrrr',
    fileDate: '20261120',
    fileHash: FILE_HASH,
    readAt: NOON,
    rows,
    ...changes,
  }
  return bench.put('gateway.answers', 'gateway.GatewayReturnRows', `${value.partner}/${value.batchNo}`, value)
}

/** What was said of agreements: `1 Signed s1`. */
export function agreementsSaid(bench: ReconcilerBench): string[] {
  return agreementEvents(bench).map(({ name, value }) => {
    const version = 'version' in value ? `${value.version} ` : ''
    return `${version}${name.slice('agreement.Agreement'.length)} ${value.commandId}`
  })
}

function agreementEvents(bench: ReconcilerBench): AgreementEvent[] {
  return bench.lane
    .records('agreement.events')
    .map(({ value }) => bench.codec.decode(value, topics['agreement.events'].values))
}

export function returned(bench: ReconcilerBench): PayoutReturned[] {
  return bench.events.flatMap(({ name, value }) => (name === 'payout.PayoutReturned' ? [value] : []))
}

export function fileEvents(bench: ReconcilerBench): ReturnFileEvent[] {
  return bench.lane.records('payout.events').flatMap(({ value }) => {
    const event = bench.codec.decode(value, topics['payout.events'].values)
    return event.name === 'payout.PayoutReturnFileRead' || event.name === 'payout.PayoutReturnFileFailed' ? [event] : []
  })
}

/** The lane's states as the topic has them: the last record of each key. */
export function statesOf(bench: ReconcilerBench): Map<string, LaneState> {
  const states = new Map<string, LaneState>()
  for (const { key, value } of bench.lane.records(STATES)) {
    if (value === null) states.delete(String(key))
    else states.set(String(key), bench.codec.decode(value, topics[STATES].values))
  }
  return states
}
