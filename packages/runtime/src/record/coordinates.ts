import type { LogRecord } from '../event-log/port.ts'
import type { Coordinates } from '../redis/port.ts'

/**
 * Where a record stands, in the form in which claims are held (S2.2) and outputs name their cause.
 * @param line which line of it, from 0
 */
export function coordinatesOf({ topic, partition, offset, timestamp }: LogRecord, line = 0): Coordinates {
  return { topic, partition, offset, line, timestamp }
}
