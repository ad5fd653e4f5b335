/**
 * The return file of one partner and day, as the reconciler knows it, and what commands, the schedule, answers and time
 * make of it. Pure. The state is the record that stands in `gateway.states`, written in one transaction with what came
 * of it.
 *
 *     what came                                      then
 *     a file that was taken                          payout.return_file_read
 *     an answer after which asking again may help    asked again after a pause, a bounded number of times; the first
 *                                                    time payout.return_file_failed with the moment of the next
 *                                                    request, the last time without one
 *     an answer that only a person can mend          payout.return_file_failed
 *
 * "Nothing for that date" is what most days bring that the schedule asks for: no payout came back. So it is no event
 * there, only counted and kept in the state; where a command asked for the day it is payout.return_file_failed with the
 * reason NO_RETURN_FILE. In the same way the schedule says nothing of a file that it took before, byte for byte.
 */
import { returnFileFailureOf } from '@payout/mapi/answer/return-file-failure'
import { returnFileRefusal } from '@payout/mapi/return-file/refusal'
import type { ReturnFileEvent } from '@payout/runtime/record/domain-event'
import type {
  GatewayCoordinates,
  GatewayReturnFileState,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import type { ReturnFileSettings } from '../settings.ts'
import { failedEvent, readEvent } from './return-file-event.ts'

/** How an answer left the file. */
export type ReturnFileOutcome = 'read' | 'unchanged' | 'nothing' | 'failed' | 'again'

/** What came of an answer. */
export interface AnsweredFile {
  readonly state: GatewayReturnFileState
  readonly outcome: ReturnFileOutcome
  readonly event: ReturnFileEvent | undefined
}

/** Why a return file was not had. */
interface FileFailure {
  readonly reason: string
  readonly explanation: string
  /** Whether asking again may help. */
  readonly again: boolean
  /** Whether it most likely means that no payout came back on that day. */
  readonly nothing: boolean
}

/** A day of which nothing is known. */
export function unknownFile(partner: string, fileDate: string): GatewayReturnFileState {
  return {
    partner,
    fileDate,
    requestId: null,
    requests: 0,
    tries: 0,
    reported: false,
    nextAt: null,
    fileHash: null,
    cause: null,
    updatedAt: 0,
  }
}

/** A command asks for the file: at once, or with the request that is under way. Its end is an event in any case. */
export function commandedFile(
  state: GatewayReturnFileState,
  cause: GatewayCoordinates,
  now: number,
): GatewayReturnFileState {
  const isUnderWay = state.requestId !== null
  return { ...state, cause, reported: false, tries: isUnderWay ? 1 : 0, nextAt: isUnderWay ? null : now }
}

/** The schedule asks for the file, unless it is being asked for. */
export function scheduledFile(state: GatewayReturnFileState, now: number): GatewayReturnFileState {
  if (state.requestId !== null || state.nextAt !== null) return state
  return { ...state, cause: null, reported: false, tries: 0, nextAt: now }
}

/** A request is on its way. */
export function askedFile(state: GatewayReturnFileState, requestId: string): GatewayReturnFileState {
  return { ...state, requestId, requests: state.requests + 1, tries: state.tries + 1, nextAt: null }
}

/**
 * What an answer does. Undefined for what is not the last word on the request that is under way: egress asks again by
 * itself, or it is a copy (MAPI-18).
 * @param source where the answer stands.
 * @param now UTC milliseconds.
 */
export function answeredFile(
  state: GatewayReturnFileState,
  answer: GatewayServiceAnswer,
  source: GatewayCoordinates,
  settings: ReturnFileSettings,
  now: number,
): AnsweredFile | undefined {
  if (state.requestId !== answer.requestId || !answer.final) return undefined
  const { file } = answer
  const isCommanded = state.cause !== null
  const ended = { ...state, requestId: null, nextAt: null, cause: null }
  if (answer.outcome === 'accepted' && file !== null && file.hash !== null) {
    if (file.hash === state.fileHash && !isCommanded) return { state: ended, outcome: 'unchanged', event: undefined }
    const event = readEvent(state, answer, file, file.hash, source)
    return { state: { ...ended, fileHash: file.hash }, outcome: 'read', event }
  }
  const failure = fileFailure(answer)
  const isUsual = failure.nothing && !isCommanded
  if (failure.again && state.tries < settings.tries) {
    const againAt = now + settings.againMs
    const isNews = !state.reported && !isUsual
    return {
      state: { ...state, requestId: null, nextAt: againAt, reported: state.reported || isNews },
      outcome: 'again',
      event: isNews ? failedEvent(state, answer, failure, source, againAt) : undefined,
    }
  }
  if (isUsual) return { state: ended, outcome: 'nothing', event: undefined }
  return { state: ended, outcome: 'failed', event: failedEvent(state, answer, failure, source, null) }
}

/** What a last word without a file means, by its code: one of the reader's, of Alipay's (RFD-8), or of egress's. */
function fileFailure({ outcome, code }: Pick<GatewayServiceAnswer, 'outcome' | 'code'>): FileFailure {
  const reason = code ?? 'NO_CODE'
  if (outcome !== 'refused') {
    const explanation = 'nobody knows whether there is a file: there was no answer, or none that can be read'
    return { reason, explanation, again: true, nothing: false }
  }
  const refusal = returnFileRefusal(reason)
  if (refusal) return { reason, explanation: refusal.explanation, again: refusal.again, nothing: false }
  const { action, explanation } = returnFileFailureOf(reason)
  switch (action) {
    case 'nothing-for-date':
      return { reason: 'NO_RETURN_FILE', explanation, again: true, nothing: true }
    case 'later':
    case 'unknown':
      return { reason, explanation, again: true, nothing: false }
    case 'fix-request':
    case 'fix-contract':
      return { reason, explanation, again: false, nothing: false }
  }
}
