import type { LogRecord } from '@payout/runtime/event-log/port'

/** W3C trace context. What is written in another form, however long, is not passed on. */
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The record's trace context; undefined where it has none that can be passed on. */
export function traceparentOf({ headers: { traceparent } }: Pick<LogRecord, 'headers'>): string | undefined {
  return traceparent !== undefined && TRACEPARENT.test(traceparent) ? traceparent : undefined
}
