import { laneOfReturnFiles } from '@payout/mapi/return-file/lane'
import { chinaDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { coordinatesOf } from '@payout/runtime/record/coordinates'
import type {
  GatewayReturnFileCommand,
  GatewayReturnFileState,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import { DAY_MS, MINUTE_MS } from '@payout/schemas/units'
import { ageWords, isTooOld } from '../lane/command-age.ts'
import type { LaneOutputs } from '../lane/lane-outputs.ts'
import type { LaneStates } from '../lane/lane-states.ts'
import type { StagedStates } from '../lane/staged-states.ts'
import { hasPartner, type ReconcilerDependencies } from '../reconciler-dependencies.ts'
import { NO_PARTNER, notFetched, tooOld } from './return-file-event.ts'
import { answeredFile, askedFile, commandedFile, scheduledFile, unknownFile } from './return-file-state.ts'
import { dueRun } from './return-schedule.ts'

/** Files of one partner that are fetched at a time. */
const AT_A_TIME = 3
/** How long a request may be sent at least, however short the pause before the next one: a busy day is no failure. */
const LEAST_TIME_MS = 10 * MINUTE_MS
/** What nobody asked for in so long is forgotten. */
const FILE_LIFE_MS = 60 * DAY_MS

/** What becomes of return files in one transaction. */
export class ReturnFileProcessor {
  readonly #dependencies: ReconcilerDependencies
  readonly #staged: StagedStates
  readonly #outputs: LaneOutputs
  readonly #lane: number

  constructor(dependencies: ReconcilerDependencies, lane: number, staged: StagedStates, outputs: LaneOutputs) {
    this.#dependencies = dependencies
    this.#lane = lane
    this.#staged = staged
    this.#outputs = outputs
  }

  /** A command asks for a file; the request itself follows with the next look at what is due. */
  async command({ partner, fileDate, source }: GatewayReturnFileCommand): Promise<void> {
    const now = this.#dependencies.clock.now()
    if (isTooOld(source, now))
      return this.#outputs.event(notFetched(partner, fileDate, source, tooOld(ageWords(source, now))))
    const state = this.#staged.file(partner, fileDate) ?? unknownFile(partner, fileDate)
    this.#set(commandedFile(state, source, now))
  }

  async answer(answer: GatewayServiceAnswer, record: LogRecord): Promise<void> {
    const waiting = this.#staged.waitsFor(answer.requestId)
    if (waiting?.name !== 'gateway.GatewayReturnFileState') return
    const { clock, metrics, settings } = this.#dependencies
    const source = coordinatesOf(record)
    const answered = answeredFile(waiting.value, answer, source, settings.returnFiles, clock.now())
    if (!answered) return
    const { state, outcome, event } = answered
    this.#set(state)
    metrics.add('reconciler_return_files_total', { partner: state.partner, outcome })
    if (event?.name === 'payout.PayoutReturnFileRead' && event.value.setAside > 0) {
      metrics.add('reconciler_return_rows_set_aside_total', { partner: state.partner }, event.value.setAside)
    }
    if (event) await this.#outputs.event(event)
  }

  /**
   * Runs the schedules of this lane's partners that are due, asks for the files that are, and forgets old ones. What
   * waits for a request of a partner that was taken out of the partners file ends.
   */
  async time(committed: LaneStates): Promise<void> {
    const now = this.#dependencies.clock.now()
    for (const { alias, returnFiles } of this.#dependencies.partners) {
      if (returnFiles === undefined || laneOfReturnFiles(alias, this.#dependencies.settings.lanes) !== this.#lane)
        continue
      const run = dueRun(returnFiles, this.#staged.schedule(alias)?.lastRun, now)
      if (!run) continue
      this.#staged.setSchedule({ partner: alias, lastRun: run.today, updatedAt: now })
      for (const date of run.dates)
        this.#set(scheduledFile(this.#staged.file(alias, date) ?? unknownFile(alias, date), now))
    }
    const files = new Map([...committed.files(), ...this.#staged.changedFiles()])
    for (const [alias, ofPartner] of Map.groupBy(files.values(), ({ partner }) => partner)) {
      if (hasPartner(this.#dependencies.partners, alias)) this.#ask(ofPartner, now)
      else for (const file of ofPartner) await this.#endWithoutPartner(file)
    }
    for (const { partner, fileDate, requestId, nextAt, updatedAt } of files.values()) {
      if (requestId === null && nextAt === null && updatedAt < now - FILE_LIFE_MS)
        this.#staged.forgetFile({ partner, fileDate })
    }
  }

  /** Asks for what is due, a few at a time: what a command waits for first, then the latest day. */
  #ask(files: readonly GatewayReturnFileState[], now: number): void {
    const free = AT_A_TIME - files.filter(({ requestId }) => requestId !== null).length
    const due = files
      .filter(({ nextAt }) => nextAt !== null && nextAt <= now)
      .toSorted((a, b) => Number(a.cause === null) - Number(b.cause === null) || b.fileDate.localeCompare(a.fileDate))
    for (const file of due.slice(0, Math.max(0, free))) {
      const { partner, fileDate, requests } = file
      const about = ['return-file', partner, fileDate, requests + 1, now]
      const requestId = makeRequestId({ day: chinaDate(now), lane: this.#lane, about })
      this.#set(askedFile(file, requestId))
      const parameters = [{ name: 'date', value: fileDate }]
      const sendBefore = now + Math.max(LEAST_TIME_MS, this.#dependencies.settings.returnFiles.againMs)
      this.#outputs.service({ partner, requestId, service: 'bptb_refund_file', parameters, sendBefore }, now)
    }
  }

  /**
   * Only what a command asked for is reported: for the schedule's own there is no record that an event could name, and
   * nobody waits for them.
   */
  async #endWithoutPartner(file: GatewayReturnFileState): Promise<void> {
    if (file.nextAt === null) return
    const { partner, fileDate, cause } = file
    this.#set({ ...file, nextAt: null, cause: null })
    this.#dependencies.metrics.add('reconciler_return_files_total', { partner, outcome: 'failed' })
    this.#dependencies.logger.warn(
      { partner, fileDate },
      'the partner is not in the partners file: its return file is not fetched',
    )
    if (cause) await this.#outputs.event(notFetched(partner, fileDate, cause, NO_PARTNER))
  }

  #set(state: GatewayReturnFileState): void {
    const { partner, fileDate } = state
    if (this.#staged.file(partner, fileDate) === state) return
    this.#staged.setFile({ ...state, updatedAt: this.#dependencies.clock.now() })
  }
}
