import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type {
  GatewayAnswer,
  GatewayDecision,
  GatewayDue,
  GatewayNotify,
  GatewayRequest,
} from '@payout/schemas/generated/records'

/** A record of the lane, decoded. */
export type LaneRecord =
  | { readonly kind: 'request'; readonly record: LogRecord; readonly value: GatewayRequest }
  | { readonly kind: 'answer'; readonly record: LogRecord; readonly value: GatewayAnswer }
  | { readonly kind: 'notify'; readonly record: LogRecord; readonly value: GatewayNotify }
  | { readonly kind: 'decision'; readonly record: LogRecord; readonly value: GatewayDecision }
  | { readonly kind: 'due'; readonly record: LogRecord; readonly value: GatewayDue }

/** Reads a record. What can't be read makes the lane wait: on `gateway.*` it is no poison. */
export function laneRecord(record: LogRecord, codec: Codec): LaneRecord {
  switch (record.topic) {
    case 'gateway.requests':
      return { kind: 'request', record, value: codec.decode(record.value, ['gateway.GatewayRequest']).value }
    case 'gateway.answers':
      return { kind: 'answer', record, value: codec.decode(record.value, ['gateway.GatewayAnswer']).value }
    case 'gateway.notifies':
      return { kind: 'notify', record, value: codec.decode(record.value, ['gateway.GatewayNotify']).value }
    case 'gateway.decisions':
      return { kind: 'decision', record, value: codec.decode(record.value, ['gateway.GatewayDecision']).value }
    case 'gateway.due':
      return { kind: 'due', record, value: codec.decode(record.value, ['gateway.GatewayDue']).value }
    default:
      throw new RangeError(`the reconciler does not read ${record.topic}`)
  }
}
