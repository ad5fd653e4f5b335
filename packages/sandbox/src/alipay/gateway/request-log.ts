import type { Fault } from './fault.ts'

/** One call of the gateway, as the sandbox saw it. */
export interface RequestRecord {
  /** UTC milliseconds by the sandbox's clock. */
  readonly at: number
  readonly service: string
  /** Undefined for a partner that is not known. */
  readonly alias: string | undefined
  readonly batchNo: string | undefined
  /** Of the services for agreements: whose. */
  readonly account?: string | undefined
  /** Of `bptb_refund_file`: the day of the file, YYYYMMDD. */
  readonly date?: string | undefined
  /** 1 for the first request with this partner and batch number, or with this service, partner and subject. */
  readonly attempt: number
  /**
   * What was decided: `SUCCESS`, a code or text, or the body of a `notify_verify`; whether it got out is another
   * question.
   */
  readonly answer: string
  readonly fault: Fault | undefined
  /** SHA-256 of the body as it came, hexadecimal; undefined where it could not be read as a request. */
  readonly bodyHash: string | undefined
}

/** Every call of the gateway since the start. */
export class RequestLog {
  readonly #records: RequestRecord[] = []
  readonly #attempts = new Map<string, number>()

  /** Counts an attempt for a batch number, or for a service with its subject, and says which one it is, from 1. */
  nextAttempt(alias: string | undefined, about: string | undefined): number {
    const key = `${alias ?? ''} ${about ?? ''}`
    const attempt = (this.#attempts.get(key) ?? 0) + 1
    this.#attempts.set(key, attempt)
    return attempt
  }

  add(record: RequestRecord): void {
    this.#records.push(record)
  }

  all(): readonly RequestRecord[] {
    return this.#records
  }
}
