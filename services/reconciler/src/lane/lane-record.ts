import type { LogRecord } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import type {
  GatewayAgreementCommand,
  GatewayAnswer,
  GatewayDecision,
  GatewayNotify,
  GatewayNotSigned,
  GatewayRequest,
  GatewayReturnFileCommand,
  GatewayReturnRows,
  GatewayServiceAnswer,
  GatewayServiceNotSigned,
  GatewayServiceRequest,
  GatewayTimer,
} from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'

interface Entry<Kind extends string, Value> {
  readonly kind: Kind
  readonly record: LogRecord
  readonly value: Value
}

/** A record of the lane that is about a batch, decoded. */
export type BatchRecord =
  | Entry<'request', GatewayRequest>
  | Entry<'answer', GatewayAnswer>
  | Entry<'notify', GatewayNotify>
  | Entry<'decision', GatewayDecision>
  | Entry<'timer', GatewayTimer>
  | Entry<'not-signed', GatewayNotSigned>
  | Entry<'return-rows', GatewayReturnRows>

/** A record of the lane, decoded. */
export type LaneRecord =
  | BatchRecord
  /** It is egress's business: here it is passed over. */
  | Entry<'service-request', GatewayServiceRequest>
  | Entry<'service-answer', GatewayServiceAnswer>
  | Entry<'agreement-command', GatewayAgreementCommand>
  | Entry<'return-file-command', GatewayReturnFileCommand>
  | Entry<'service-not-signed', GatewayServiceNotSigned>

/** Whether a record is about a batch. */
export function isBatchRecord(entry: LaneRecord): entry is BatchRecord {
  return 'batchNo' in entry.value
}

/** Reads a record. What can't be read makes the lane wait: on `gateway.*` it is no poison. */
export function laneRecord(record: LogRecord, codec: Codec): LaneRecord {
  switch (record.topic) {
    case 'gateway.requests': {
      const { name, value } = codec.decode(record.value, topics[record.topic].values)
      return name === 'gateway.GatewayRequest'
        ? { kind: 'request', record, value }
        : { kind: 'service-request', record, value }
    }
    case 'gateway.answers': {
      const { name, value } = codec.decode(record.value, topics[record.topic].values)
      switch (name) {
        case 'gateway.GatewayAnswer':
          return { kind: 'answer', record, value }
        case 'gateway.GatewayServiceAnswer':
          return { kind: 'service-answer', record, value }
        case 'gateway.GatewayReturnRows':
          return { kind: 'return-rows', record, value }
      }
      break
    }
    case 'gateway.notifies':
      return { kind: 'notify', record, value: codec.decode(record.value, ['gateway.GatewayNotify']).value }
    case 'gateway.commands': {
      const { name, value } = codec.decode(record.value, topics[record.topic].values)
      switch (name) {
        case 'gateway.GatewayDecision':
          return { kind: 'decision', record, value }
        case 'gateway.GatewayAgreementCommand':
          return { kind: 'agreement-command', record, value }
        case 'gateway.GatewayReturnFileCommand':
          return { kind: 'return-file-command', record, value }
        case 'gateway.GatewayNotSigned':
          return { kind: 'not-signed', record, value }
        case 'gateway.GatewayServiceNotSigned':
          return { kind: 'service-not-signed', record, value }
      }
      break
    }
    case 'gateway.timers':
      return { kind: 'timer', record, value: codec.decode(record.value, ['gateway.GatewayTimer']).value }
  }
  throw new RangeError(`the reconciler does not read ${record.topic}`)
}
