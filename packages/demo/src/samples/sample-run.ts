import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { userPath } from '@payout/cli/arguments/user-path'
import { eventPlaces, eventStream } from '@payout/cli/follow/event-stream'
import { type PayoutRow, readPayoutCsv } from '@payout/cli/payout-file/payout-csv'
import { CommandFailedError } from '@payout/cli/terminal/errors'
import { interruption } from '@payout/cli/terminal/interruption'
import { type Progress, progress } from '@payout/cli/terminal/progress'
import { publishPayouts } from '@payout/cli/write/payout-commands'
import { withPublisher } from '@payout/cli/write/write'
import type { EventLog } from '@payout/runtime/event-log/port'
import { isPayoutEvent } from '@payout/runtime/record/domain-event'
import { startLimitMs } from '@payout/sandbox/provision/start-limit'
import type { Codec } from '@payout/schemas/codec'
import { MIB } from '@payout/schemas/units'
import { printAudit } from '../audit/audit-report.ts'
import { auditSystem } from '../audit/system-audit.ts'
import { Pipeline, STOP_LIMIT_MS } from '../system/pipeline.ts'
import { noteWords, type SupervisorNote } from '../system/supervisor.ts'
import { OutcomeWatch } from './outcome-watch.ts'
import { type SampleAgreement, sampleAgreement, walkAgreement } from './sample-agreement.ts'
import { samplePayouts } from './sample-payouts.ts'
import { fetchReturnFile, type SampleReturnFile, sampleReturnFile } from './sample-return-file.ts'

/** The options of `npm start`. */
export interface SampleRunOptions {
  /** So many made-up payouts in place of the sample. */
  readonly payouts?: number
  /** What they are made of. */
  readonly seed: number
  /** Where the logs go, and stay. */
  readonly logs?: string
}

const SAMPLE_FILE = join(import.meta.dirname, '..', '..', 'sample', 'payouts-200.csv')
/** Commands that are no record at all; each must become a dead letter. */
const MALFORMED = 1
const MALFORMED_MAX_BYTES = MIB
/** So that the user's consent is found soon; a real one takes a while. */
const SOON = { AGREEMENT_FIRST_POLL: '300ms', AGREEMENT_MAX_POLL: '2s' }

/**
 * Starts everything, pays, uses the other services, audits what came of it, prints that and stops everything. Where
 * something is missing, and nothing comes for as long as a start may take, it counts as lost.
 * @throws CommandFailedError when anything is off
 */
export async function runSample(options: SampleRunOptions): Promise<void> {
  const silenceMs = startLimitMs()
  const shown = await progress()
  const rows = options.payouts === undefined ? sample() : samplePayouts(options.payouts, options.seed)
  const logs = options.logs === undefined ? undefined : userPath(options.logs)
  const givenUp = new AbortController()
  const signal = AbortSignal.any([interruption({ graceMs: STOP_LIMIT_MS }), givenUp.signal])
  const note = (what: SupervisorNote) => {
    shown.done(noteWords(what))
    if (what.kind === 'given-up') givenUp.abort(new CommandFailedError(noteWords(what)))
  }
  const pipeline = await Pipeline.start({ progress: shown, signal, logs, note, defaults: SOON }).finally(() =>
    shown.stop(),
  )
  const agreement = sampleAgreement(pipeline.defaultPartner)
  const returnFile = sampleReturnFile(pipeline.defaultPartner, Date.now())
  try {
    await pipeline.system().withLog(async (log, codec) => {
      const late = new AbortController()
      await together(signal, [
        async (until) => {
          await payAndWait(log, codec, rows, { shown, signal: until, payouts: distinct(rows), silenceMs })
          shown.step('waiting for the agreement and the return file')
          setTimeout(() => late.abort(), silenceMs).unref()
        },
        async (until) => {
          const others = { agreement, returnFile, signal: AbortSignal.any([until, late.signal]) }
          await useOtherServices(log, codec, pipeline, others)
        },
      ])
      shown.step('stopping the services, so that nothing is in flight any more')
      await pipeline.stopServices()
      shown.step('comparing commands, events and books')
      const sources = { asked: rows, malformed: MALFORMED, agreement, returnFile, books: pipeline.books, signal }
      const audit = await auditSystem(log, codec, sources)
      shown.stop()
      printAudit(audit, {
        isTimed: options.payouts !== undefined,
        restarts: pipeline.restarts,
        malformed: MALFORMED,
        returnFile,
      })
    })
  } finally {
    shown.step('stopping everything')
    await pipeline.stop()
    shown.stop()
  }
}

function sample(): readonly PayoutRow[] {
  return readPayoutCsv(readFileSync(SAMPLE_FILE, 'utf8')).rows
}

function distinct(rows: readonly PayoutRow[]): number {
  return new Set(rows.map(({ partner, id }) => `${partner}/${id}`)).size
}

/** Writes the commands, and follows the events until each payout has its outcome, or nothing comes any more. */
async function payAndWait(
  log: EventLog,
  codec: Codec,
  rows: readonly PayoutRow[],
  {
    shown,
    signal,
    payouts,
    silenceMs,
  }: {
    readonly shown: Progress
    readonly signal: AbortSignal
    readonly payouts: number
    readonly silenceMs: number
  },
): Promise<void> {
  const watch = new OutcomeWatch(rows)
  const from = await eventPlaces(log, 'beginning', ['payout.events'])
  const done = new AbortController()
  const silence = setTimeout(() => done.abort(), silenceMs)
  const following = (async () => {
    const until = AbortSignal.any([signal, done.signal])
    for await (const { event } of eventStream(log, codec, {
      from,
      until: 'follow',
      signal: until,
    })) {
      // What came back from a bank is none of these payouts.
      if (!isPayoutEvent(event) || event.value.payoutId === null) continue
      silence.refresh()
      watch.take(event)
      shown.step(`paying: ${watch.summary}`)
      if (watch.isDone) break
    }
  })()
  try {
    shown.step(`paying ${payouts} payouts`)
    await publishMalformed(log, rows)
    await Promise.all([publishPayouts(log, codec, rows), following])
  } finally {
    clearTimeout(silence)
    done.abort()
    await following.catch(() => undefined)
  }
  signal.throwIfAborted()
  const words = watch.isDone ? watch.summary : `nothing came for ${silenceMs / 1000} s (START_LIMIT); ${watch.summary}`
  if (watch.isDone) shown.done(`paid: ${words}`)
  else shown.fail(words)
}

/**
 * Writes a command that is no record at all, ahead of the first row, in its partition: whoever has processed that row
 * has met it.
 */
async function publishMalformed(log: EventLog, rows: readonly PayoutRow[]): Promise<void> {
  const key = rows[0]?.id ?? 'malformed'
  const partition = await log.partitionFor('payout.commands', key)
  const value = Buffer.from('{"please":"pay me"}')
  await withPublisher(log, MALFORMED_MAX_BYTES, (publisher) =>
    publisher.append({ topic: 'payout.commands', partition, key, value, headers: {} }),
  )
}

/** Does several things at a time; where one fails, the others are given up. */
async function together(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failure = new AbortController()
  const until = AbortSignal.any([signal, failure.signal])
  try {
    await Promise.all(works.map((work) => work(until)))
  } catch (error) {
    failure.abort(error)
    throw error
  }
}

interface OtherServices {
  readonly agreement: SampleAgreement
  readonly returnFile: SampleReturnFile
  readonly signal: AbortSignal
}

/**
 * One agreement, signed by the stand-in's user and cancelled, and one return file; what comes of them is compared at
 * the end.
 */
async function useOtherServices(
  log: EventLog,
  codec: Codec,
  { books }: Pipeline,
  { agreement, returnFile, signal }: OtherServices,
): Promise<void> {
  await books?.control({
    action: 'return-file',
    alias: returnFile.partner,
    date: returnFile.date,
    rows: [...returnFile.rows],
  })
  const consent = async (formUrl: string) => {
    const seen = (await books?.control({ action: 'consent', formUrl }))?.consent
    if (seen?.outcome !== 'signed')
      throw new CommandFailedError(`the stand-in's user could not sign the agreement: ${JSON.stringify(seen)}`)
  }
  await Promise.all([
    walkAgreement(log, codec, agreement, { consent, signal }),
    fetchReturnFile(log, codec, returnFile, signal),
  ])
}
