import type { LogRecord } from '@payout/runtime/event-log/port'
import type { GatewayNotSigned, GatewayServiceNotSigned } from '@payout/schemas/generated/records'
import { BATCH, NOON, type ReconcilerBench } from './reconciler-bench.ts'

const CODE = 'MAPI_CHARSET_CANNOT_HOLD'
const cause = { topic: 'gateway.to-sign', partition: 1, offset: 5, line: 0, timestamp: NOON } as const

/** Payouts of a batch that can't be signed, as the signer tells. */
export function giveNotSigned(
  bench: ReconcilerBench,
  ids: readonly string[],
  changes: Partial<GatewayNotSigned> = {},
): LogRecord {
  const value: GatewayNotSigned = {
    partner: 'acme',
    batchNo: BATCH,
    payDate: '20261122',
    signing: 2,
    payer: { accountName: '某某公司', email: 'pay@acme.example', buyerAccountName: null },
    resubmission: false,
    lines: ids.map((id) => ({ payoutId: id, serial: id, code: CODE, explanation: 'gbk cannot hold U+20BB7' })),
    at: bench.clock.at,
    cause,
    ...changes,
  }
  return bench.put('gateway.commands', 'gateway.GatewayNotSigned', `acme/${value.batchNo}`, value)
}

/** A form or a request of another service that can't be signed. */
export function giveServiceNotSigned(
  bench: ReconcilerBench,
  about: Pick<GatewayServiceNotSigned, 'requestId' | 'service' | 'agreementId'>,
): LogRecord {
  const value = { partner: 'acme', ...about, code: CODE, explanation: 'gbk cannot hold it', at: bench.clock.at, cause }
  return bench.put('gateway.commands', 'gateway.GatewayServiceNotSigned', `acme/${value.requestId}`, value)
}
