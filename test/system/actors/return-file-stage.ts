import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ControlRequest } from '@payout/sandbox/alipay/control/control-command'
import type { System } from '../system.ts'
import { askReturnFile } from './commands.ts'

type Fixture = Omit<Extract<ControlRequest, { action: 'return-file' }>, 'action' | 'alias' | 'date'>

/** What upstream, Alipay and downstream do and see of return files. Days are written YYYYMMDD. */
export class ReturnFileStage {
  readonly #system: System

  constructor(system: System) {
    this.#system = system
  }

  /** What Alipay has for a day from now on, without a workbook unless it is given; gives the SHA-256 of the archive. */
  async provide(alias: string, date: string, fixture: Fixture = {}): Promise<string> {
    const command = { action: 'return-file', xls: false, ...fixture, alias, date } as const
    return (await this.#system.gateway.control(command)).fileHash ?? ''
  }

  /** Asks for the file of a day, and waits until so many reports of it came in all. */
  async asked(alias: string, date: string, count = 1): Promise<void> {
    await askReturnFile(this.#system, date, alias)
    await this.untilReported(alias, date, count)
  }

  /** Events of a file as a whole, in their order. */
  eventsOf(alias: string, date: string) {
    return this.#system.events.returnFiles.filter(({ value }) => value.partner === alias && value.fileDate === date)
  }

  /** The same in words: its reason, and whether it is asked for again. */
  story(alias: string, date: string): string[] {
    return this.eventsOf(alias, date).map(({ name, value }) =>
      name === 'payout.PayoutReturnFileRead'
        ? 'read'
        : `failed ${value.reason}${value.againAt === null ? '' : ', again'}`,
    )
  }

  untilReported(alias: string, date: string, count = 1): Promise<void> {
    const isReported = () => this.eventsOf(alias, date).length >= count
    return this.#system.events.until(isReported, `the file of ${date} is reported ${count} times`)
  }

  /** What was reported of rows, one by one. */
  returned(alias: string) {
    return this.#system.events.seen.flatMap((event) =>
      event.name === 'payout.PayoutReturned' && event.value.partner === alias ? [event.value] : [],
    )
  }

  untilReturned(alias: string, count: number): Promise<void> {
    return this.#system.events.until(() => this.returned(alias).length >= count, `${count} payouts came back`)
  }

  /** Contradictions. */
  mismatched() {
    return this.#system.events.seen.flatMap((event) => (event.name === 'payout.PayoutMismatched' ? [event.value] : []))
  }

  /** Calls of the gateway for the file of a day. */
  async callsFor(alias: string, date: string) {
    const calls = await this.#system.gateway.requests({ alias })
    return calls.filter((call) => call.service === 'bptb_refund_file' && call.date === date)
  }

  /** Whether what the evidence folder has under a name is what the name says. */
  async isKept(hash: string | null): Promise<boolean> {
    const bytes = await readFile(join(this.#system.evidenceFolder, hash ?? 'nothing'))
    return createHash('sha256').update(bytes).digest('hex') === hash
  }
}
