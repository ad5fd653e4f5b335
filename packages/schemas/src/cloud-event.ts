/** CloudEvents 1.0, Kafka protocol binding, binary mode: attributes as `ce_` headers, the value untouched. */
import type { RecordName } from './avro/schema-catalog.ts'

/** What the attributes are made of. */
export interface CloudEventAttributes {
  /** `ce_id`: the same event always has the same. */
  readonly id: string
  /** `ce_type`: `payout.succeeded`. */
  readonly type: string
  /** `ce_source`: which service of which namespace wrote it, a URI reference: `/live/reconciler`. */
  readonly source: string
  /** `ce_subject`: what it is about: `partner/payoutId` or `partner/batchNo`. */
  readonly subject: string
  /** `ce_time`, UTC milliseconds. */
  readonly time: number
  /** W3C trace context, passed on where the cause carried one. */
  readonly traceparent?: string | undefined
}

/** The headers of a record. */
export function cloudEventHeaders(event: CloudEventAttributes): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_type: event.type,
    ce_source: event.source,
    ce_subject: event.subject,
    ce_time: timeText(event.time),
    'content-type': 'application/avro',
    ...(event.traceparent ? { traceparent: event.traceparent } : {}),
  }
}

/** The lines of a batch become events of the same moment. */
let last: { readonly time: number; readonly text: string } | undefined

function timeText(time: number): string {
  if (last?.time !== time) last = { time, text: new Date(time).toISOString() }
  return last.text
}

const types = new Map<RecordName, string>()

/** `payout.PayoutSucceeded` → `payout.succeeded`, `agreement.AgreementFormReady` → `agreement.form_ready`. */
export function eventType(name: RecordName): string {
  const known = types.get(name)
  if (known !== undefined) return known
  const type = typeOf(name)
  types.set(name, type)
  return type
}

function typeOf(name: RecordName): string {
  const [namespace = '', record = ''] = name.split('.')
  const noun = record.toLowerCase().startsWith(namespace) ? record.slice(namespace.length) : record
  return `${namespace}.${noun.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()}`
}
