import type { EventLog } from '@payout/runtime/event-log/port'
import type { Logger } from '@payout/runtime/observability/logging'
import type { GatewayForm } from '@payout/schemas/generated/records'
import { FORMS } from '../topology.ts'
import type { Forms } from './forms.ts'
import { SharedQuestion } from './shared-question.ts'

/** How the signer writes a token: 32 bytes in base64url. No question is asked for anything else. */
const TOKEN = /^[\w-]{43}$/
/** Ten questions a second at the most, however many addresses are guessed. */
const PAUSE_MS = 100
/** So many requests wait at a time; a waiting one keeps a connection open that a notify could use. */
const MAX_WAITING = 100

/** What it needs of the event log. */
export type FormSearchLog = Pick<EventLog, 'written'>

export interface FormSearchDependencies {
  readonly log: FormSearchLog
  readonly forms: Pick<Forms, 'read' | 'find' | 'hasRead' | 'onMove'>
  readonly logger: Pick<Logger, 'warn'>
  /** A request waits no longer than this for `gateway.forms` to be read on, in milliseconds. */
  readonly waitMs: number
}

/** Why there is no form: none is at the address, or that is not known. */
export type NotFound = 'unknown' | 'not-read-yet' | 'not-caught-up' | 'overloaded' | 'stopping'

interface Waiting {
  readonly alias: string
  readonly token: string
  /** What has to be read before the address is unknown; undefined until Kafka has answered. */
  ends: readonly number[] | undefined
  readonly settle: (found: GatewayForm | NotFound) => void
}

/**
 * Finds the form at an address. Whoever has read `agreement.form_ready` may come sooner than this process has read the
 * form: so an address is unknown only when `gateway.forms` was read to its end as of the request.
 */
export class FormSearch {
  readonly #dependencies: FormSearchDependencies
  readonly #ends: SharedQuestion<readonly number[]>
  readonly #waiting = new Set<Waiting>()
  #isClosed = false

  constructor(dependencies: FormSearchDependencies) {
    this.#dependencies = dependencies
    this.#ends = new SharedQuestion(() => this.#written(), PAUSE_MS)
    dependencies.forms.onMove(() => {
      for (const waiting of this.#waiting) this.#look(waiting)
    })
  }

  /**
   * The form that a partner's page with this token shows, which may have expired; or why there is none, within
   * `waitMs`.
   */
  async find(alias: string, token: string): Promise<GatewayForm | NotFound> {
    const { forms } = this.#dependencies
    if (this.#isClosed) return 'stopping'
    if (!forms.read) return 'not-read-yet'
    const form = forms.find(alias, token)
    if (form !== undefined) return form
    if (!TOKEN.test(token)) return 'unknown'
    if (this.#waiting.size >= MAX_WAITING) return 'overloaded'
    return await this.#wait(alias, token)
  }

  /** Gives up what waits. */
  close(): void {
    this.#isClosed = true
    for (const { settle } of this.#waiting) settle('stopping')
  }

  async #wait(alias: string, token: string): Promise<GatewayForm | NotFound> {
    const { promise, resolve } = Promise.withResolvers<GatewayForm | NotFound>()
    const waiting: Waiting = { alias, token, ends: undefined, settle: resolve }
    const late = setTimeout(() => resolve('not-caught-up'), this.#dependencies.waitMs)
    this.#waiting.add(waiting)
    this.#ends.ask().then(
      (ends) => {
        waiting.ends = ends
        this.#look(waiting)
      },
      () => resolve('not-caught-up'),
    )
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.#waiting.delete(waiting)
    }
  }

  async #written(): Promise<readonly number[]> {
    const { log, logger } = this.#dependencies
    try {
      return await log.written(FORMS)
    } catch (err) {
      logger.warn({ err }, 'Kafka does not tell how far gateway.forms goes: addresses that are not known get 503')
      throw err
    }
  }

  #look({ alias, token, ends, settle }: Waiting): void {
    const form = this.#dependencies.forms.find(alias, token)
    if (form !== undefined) settle(form)
    else if (ends !== undefined && this.#dependencies.forms.hasRead(ends)) settle('unknown')
  }
}
