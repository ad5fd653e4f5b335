/**
 * Ids of events: the same event has the same id whenever and by whichever process it is written again, so that a
 * reader can drop what it has seen. The derivation is version 1; another one would give old events new ids.
 */
import { hash } from 'node:crypto'

/** What caused an event: where the record stands. */
export interface Cause {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Which line of a batch command; 0 for all else. */
  readonly line?: number
}

function digest(parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(['event', 1, ...parts]), 'base64url').slice(0, 32)
}

/** Id of an outcome: a payout has one outcome of a kind, whatever proves it. */
export function outcomeId(type: 'payout.succeeded' | 'payout.failed', partner: string, payoutId: string): string {
  return digest([type, partner, payoutId])
}

/**
 * Id of a report: the same cause reports the same thing about the same subject once. `subject`: a payout's id, or a
 * batch number with a serial.
 */
export function reportId(type: string, partner: string, subject: string, cause: Cause): string {
  return digest([type, partner, subject, cause.topic, cause.partition, cause.offset, cause.line ?? 0])
}
