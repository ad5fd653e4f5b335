import { formatYuan, sumFen } from '@payout/mapi/values/fen'
import type { EventLog } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { CommandFailedError, SystemGoneError } from '../terminal/errors.ts'
import { say, sayAside } from '../terminal/speech.ts'
import { answerLimit } from './answer-limit.ts'
import { type EventPlaces, eventPlaces, eventStream, type ReadEvent } from './event-stream.ts'
import { eventKind, eventWords } from './event-words.ts'
import { PayoutAnswers, type WrittenPayout } from './payout-answers.ts'

/** The time limit for reading earlier events of an id. */
const LOOK_BACK_MS = 10_000

export interface PayAnswerOptions {
  /** Where the events begin that can be an answer. */
  readonly from: EventPlaces
  /** Without an event for so long the waiting ends; milliseconds. */
  readonly limitMs: number
  /** Ctrl-C, or the end of the system. */
  readonly signal: AbortSignal
  /** True: the ids were given, and may have been used before. False: they were generated. */
  readonly hasOwnIds: boolean
}

/**
 * Waits for the first event of each payout: taken by the gateway, refused or failed. Prints what came, and what to do
 * where nothing came.
 * @throws CommandFailedError where commands were refused, or payouts failed
 */
export async function showAnswers(
  log: EventLog,
  codec: Codec,
  written: readonly WrittenPayout[],
  { from, limitMs, signal, hasOwnIds }: PayAnswerOptions,
): Promise<void> {
  const answers = new PayoutAnswers(written)
  const limit = answerLimit(signal, limitMs)
  try {
    for await (const read of eventStream(log, codec, { from, until: 'follow', signal: limit.signal })) {
      const before = answers.notTaken
      const answered = answers.take(read.event)
      if (answered.length === 0) continue
      limit.touch()
      if (written.length === 1 || answers.notTaken > before) for (const each of answered) show(each, read)
      if (answers.left === 0) break
    }
  } finally {
    limit.stop()
  }
  if (signal.reason instanceof SystemGoneError) throw signal.reason
  if (written.length > 1 && answers.taken > 0)
    say`${answers.taken} of ${written.length} had their answer: they go on, or are paid`
  if (signal.aborted) {
    sayAside`what was written stays valid${whatToLookAt(written)}`
    signal.throwIfAborted()
  }
  if (answers.left > 0)
    await showSilence(log, codec, answers.open, { written: written.length, limitMs, hasOwnIds, signal })
  if (answers.notTaken > 0)
    throw new CommandFailedError(
      written.length === 1
        ? 'the payout was not taken; the line above says why'
        : `${answers.notTaken} of ${written.length} payouts were not taken; the lines above say why`,
    )
}

function show({ row: { id } }: WrittenPayout, { event }: ReadEvent): void {
  say`${id}  ${eventKind(event.name)}: ${eventWords(event)}`
}

function whatToLookAt(written: readonly WrittenPayout[]): string {
  const [first] = written
  return written.length === 1 && first
    ? `; what becomes of it: npm run events -- --from-start --payout ${first.row.id}, or npm run trace -- ${first.row.id}`
    : '; what becomes of it: npm run events -- --from-start'
}

interface Silence extends Pick<PayAnswerOptions, 'limitMs' | 'hasOwnIds' | 'signal'> {
  readonly written: number
}

/** Explains missing answers: an id that was used before gets no second event, and a payout that waits has none yet. */
async function showSilence(
  log: EventLog,
  codec: Codec,
  open: readonly WrittenPayout[],
  { written, limitMs, hasOwnIds, signal }: Silence,
): Promise<void> {
  const known = hasOwnIds ? await saidBefore(log, codec, open, signal) : new Map<WrittenPayout, ReadEvent>()
  const shown = written === 1 ? [...known] : []
  for (const [each, read] of shown) show(each, read)
  if (known.size > 0)
    say`${known.size === 1 ? 'it was' : `${known.size} were`} asked for before under the same id, and had an answer then: nothing is paid twice`
  const left = open.filter((each) => !known.has(each))
  if (left.length === 0) return
  const sum = formatYuan(sumFen(left.map(({ row }) => row.amountFen)))
  sayAside`no answer came within ${limitMs / 1000} s for ${written === 1 ? 'it' : `${left.length} of ${written} payouts (${sum} yuan)`}; it is written, and is paid when its turn comes${whatToLookAt(left)}`
  sayAside`do not ask under another id, which would be a second payment. It may wait because its partner is stopped (npm run partner -- status), because a service does not run, or because many payouts are before it`
}

/** The last event that there is of each payout already. */
async function saidBefore(
  log: EventLog,
  codec: Codec,
  open: readonly WrittenPayout[],
  signal: AbortSignal,
): Promise<Map<WrittenPayout, ReadEvent>> {
  const byPayout = new Map(open.map((each) => [`${each.row.partner}/${each.row.id}`, each]))
  const found = new Map<WrittenPayout, ReadEvent>()
  const limited = AbortSignal.any([signal, AbortSignal.timeout(LOOK_BACK_MS)])
  try {
    const from = await eventPlaces(log, 'beginning', ['payout.events'])
    for await (const read of eventStream(log, codec, { from, until: 'end', signal: limited })) {
      const { value } = read.event
      const each = 'payoutId' in value ? byPayout.get(`${value.partner}/${value.payoutId}`) : undefined
      if (each && read.event.name !== 'payout.PayoutRefused') found.set(each, read)
    }
  } catch (error) {
    if (!limited.aborted || signal.aborted) throw error
  }
  return found
}
