import { PipelineError } from '@payout/schemas/error'
import type { Agreement } from './agreement/agreements.ts'
import type { BookEntry, BooksSummary, SerialCount } from './books/books.ts'
import type { ControlResult } from './control/control.ts'
import type { ControlRequest } from './control/control-command.ts'
import type { RequestRecord } from './gateway/request-log.ts'
import type { NotifyCounts } from './notify/notify-scheduler.ts'
import type { ReturnFileView } from './return-file/return-files.ts'
import type { NotifyView } from './sandbox-routes.ts'

/** Narrows a list to a partner, a batch, or both. */
export interface Filter {
  readonly alias?: string
  readonly batchNo?: string
}

export interface SandboxSummary extends BooksSummary {
  /** Calls of the gateway, of all services. */
  readonly requests: number
  readonly notifies: NotifyCounts
}

/**
 * Reads the books of a running sandbox and steers it. Every method throws SANDBOX_UNREACHABLE when nothing answers, and
 * SANDBOX_REFUSED, with the sandbox's own words, when it does not do what is asked.
 */
export class SandboxClient {
  readonly #base: URL

  /** @param gatewayUrl the address of the gateway (`…/gateway.do`), or of the sandbox's root */
  constructor(gatewayUrl: string) {
    this.#base = new URL('/sandbox/', gatewayUrl)
  }

  /** Every accepted line, oldest first. */
  books(): Promise<BookEntry[]> {
    return this.#lines<BookEntry>('books')
  }

  /** How often each serial was accepted and paid. */
  paid(): Promise<SerialCount[]> {
    return this.#lines<SerialCount>('paid')
  }

  requests(filter: Filter = {}): Promise<RequestRecord[]> {
    return this.#lines<RequestRecord>('requests', filter)
  }

  notifies(filter: Filter = {}): Promise<NotifyView[]> {
    return this.#lines<NotifyView>('notifies', filter)
  }

  /** Every account that a user or a request has named. */
  agreements(filter: Pick<Filter, 'alias'> = {}): Promise<Agreement[]> {
    return this.#lines<Agreement>('agreements', filter)
  }

  /** What there is for `bptb_refund_file`. */
  returnFiles(filter: Pick<Filter, 'alias'> = {}): Promise<ReturnFileView[]> {
    return this.#lines<ReturnFileView>('return-files', filter)
  }

  async summary(): Promise<SandboxSummary> {
    return (await (await this.#fetch('summary')).json()) as SandboxSummary
  }

  /** See control-command.ts for what can be asked. */
  async control(command: ControlRequest): Promise<ControlResult> {
    const headers = { 'content-type': 'application/json' }
    const response = await this.#fetch('control', { method: 'POST', headers, body: JSON.stringify(command) })
    return (await response.json()) as ControlResult
  }

  async #lines<T>(path: string, filter: Filter = {}): Promise<T[]> {
    const text = await (await this.#fetch(`${path}?${new URLSearchParams({ ...filter })}`)).text()
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, this.#base), init).catch((cause: unknown) => {
      throw new PipelineError('SANDBOX_UNREACHABLE', `no sandbox answers at ${this.#base.href}: is it running?`, {
        cause,
      })
    })
    if (!response.ok) {
      throw new PipelineError('SANDBOX_REFUSED', `the sandbox answered ${response.status}: ${await response.text()}`)
    }
    return response
  }
}
