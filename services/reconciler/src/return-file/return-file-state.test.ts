import type {
  GatewayCoordinates,
  GatewayReturnFileState,
  GatewayServiceAnswer,
} from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { HOUR, NOON } from '../testing/reconciler-bench.ts'
import { FILE_HASH, fileAnswer, takenFile } from '../testing/return-fixture.ts'
import { answeredFile, askedFile, commandedFile, scheduledFile, unknownFile } from './return-file-state.ts'

const SETTINGS = { againMs: HOUR, tries: 3 }
const COMMAND = { topic: 'payout.commands', partition: 0, offset: 9, line: 0, timestamp: NOON }
const NOTHING = { outcome: 'refused', code: 'DOWNLOAD_FAILED' } as const
const LATER = { outcome: 'refused', code: 'MAX_VISIT_LIMIT' } as const

function place(offset: number): GatewayCoordinates {
  return { topic: 'gateway.answers', partition: 1, offset, line: 0, timestamp: NOON }
}

/** A file that is being asked for, by the schedule or by a command. */
function underWay(by: 'schedule' | 'command', changes: Partial<GatewayReturnFileState> = {}): GatewayReturnFileState {
  const unknown = { ...unknownFile('acme', '20261120'), ...changes }
  return askedFile(by === 'command' ? commandedFile(unknown, COMMAND, NOON) : scheduledFile(unknown, NOON), 'r1')
}

function answered(state: GatewayReturnFileState, changes: Partial<GatewayServiceAnswer>, offset = 0) {
  return answeredFile(state, fileAnswer(state.requestId ?? '', changes), place(offset), SETTINGS, NOON)
}

/** All tries, each answered alike: outcome and, where something is said, the event with its moment. */
function allTries(by: 'schedule' | 'command', answers: readonly Partial<GatewayServiceAnswer>[]): string[] {
  let state = underWay(by)
  return answers.map((changes, index) => {
    const step = answered(state, changes, index)
    if (!step) throw new Error('not taken')
    const { event } = step
    state = step.state.nextAt === null ? step.state : askedFile(step.state, `r${index + 2}`)
    if (event === undefined) return step.outcome
    const { value } = event
    return `${step.outcome}: ${'reason' in value ? `${value.reason} ${value.againAt === null ? 'for good' : 'again'}` : 'said'}`
  })
}

describe('a file that was taken', () => {
  it('MAPI-16: is said with its hash, rows and sum', () => {
    const step = answered(underWay('schedule'), { file: takenFile() })
    expect(step?.event).toMatchObject({
      name: 'payout.PayoutReturnFileRead',
      value: {
        fileDate: '20261120',
        fileHash: FILE_HASH,
        rows: 2,
        totalFen: 2_468,
        evidence: { kind: 'return_file', id: FILE_HASH, source: place(0) },
      },
    })
    expect(step?.state).toMatchObject({ requestId: null, nextAt: null, fileHash: FILE_HASH })
  })

  it('RFD-5: what was set aside in it, and what is odd in it, is said row by row', () => {
    const problems = [{ row: 5, code: 'ROW_DATE', explanation: 'no existing time' }]
    const step = answered(underWay('schedule'), { file: takenFile({ setAside: 1, problems, problemCount: 2 }) })
    expect(step?.event).toMatchObject({
      name: 'payout.PayoutReturnFileRead',
      value: { rows: 2, setAside: 1, problems, problemCount: 2 },
    })
  })

  it('the schedule says it once, a command each time', () => {
    const known = { fileHash: FILE_HASH }
    expect(answered(underWay('schedule', known), { file: takenFile() })).toMatchObject({
      outcome: 'unchanged',
      event: undefined,
    })
    expect(answered(underWay('command', known), { file: takenFile() })?.outcome).toBe('read')
    expect(answered(underWay('schedule', known), { file: takenFile({ hash: 'b' }) })?.outcome).toBe('read')
  })

  it('MAPI-18: the same answer again, one of another request, and one that is not the last word do nothing', () => {
    const state = underWay('schedule')
    const step = answered(state, { file: takenFile() })
    expect(step && answered(step.state, { file: takenFile() })).toBeUndefined()
    expect(answered(state, { requestId: 'other', file: takenFile() })).toBeUndefined()
    expect(answered(state, { outcome: 'unknown', final: false })).toBeUndefined()
  })
})

describe('a file that was not had', () => {
  it.each([
    ['Alipay makes it still', LATER, 'MAX_VISIT_LIMIT'],
    ['nobody answered', { outcome: 'unknown', code: 'TIMED_OUT' } as const, 'TIMED_OUT'],
    ['half an archive', { outcome: 'refused', code: 'ARCHIVE_BROKEN' } as const, 'ARCHIVE_BROKEN'],
    ['a code of no table', { outcome: 'refused', code: 'WHAT_IS_THIS' } as const, 'WHAT_IS_THIS'],
  ])('%s: asked again a bounded number of times, said at first and at last', (_what, answer, code) => {
    expect(allTries('schedule', [answer, answer, answer])).toEqual([
      `again: ${code} again`,
      'again',
      `failed: ${code} for good`,
    ])
  })

  it.each([
    ['Alipay refuses the request', 'ILLEGAL_PARTNER'],
    ['a password', 'ARCHIVE_ENCRYPTED'],
    ['wrong rows', 'ROWS_INVALID'],
  ])('%s: said at once, and not asked again', (_what, code) => {
    expect(allTries('command', [{ outcome: 'refused', code }])).toEqual([`failed: ${code} for good`])
  })

  it('RFD-5: what is wrong in it is said row by row', () => {
    const problems = [{ row: 0, code: 'TOTAL_AMOUNT', explanation: 'the sum differs' }]
    const file = takenFile({ rows: null, totalFen: null, problems, problemCount: 7 })
    const step = answered(underWay('schedule'), { outcome: 'refused', code: 'ROWS_INVALID', file })
    expect(step?.event?.value).toMatchObject({
      fileHash: FILE_HASH,
      reason: 'ROWS_INVALID',
      problems,
      problemCount: 7,
      againAt: null,
      evidence: { kind: 'return_file', id: FILE_HASH },
    })
    expect(step?.state.fileHash).toBeNull()
  })

  it('nothing for that date: usual for the schedule, an event for a command', () => {
    expect(allTries('schedule', [NOTHING, NOTHING, NOTHING])).toEqual(['again', 'again', 'nothing'])
    expect(allTries('command', [NOTHING, NOTHING, NOTHING])).toEqual([
      'again: NO_RETURN_FILE again',
      'again',
      'failed: NO_RETURN_FILE for good',
    ])
  })

  it('what the last answer says counts', () => {
    expect(allTries('schedule', [NOTHING, LATER, NOTHING])).toEqual([
      'again',
      'again: MAX_VISIT_LIMIT again',
      'nothing',
    ])
    expect(allTries('schedule', [NOTHING, { file: takenFile() }])).toEqual(['again', 'read: said'])
  })

  it('is asked for again after the pause', () => {
    expect(answered(underWay('schedule'), LATER)?.state).toMatchObject({ requestId: null, nextAt: NOON + HOUR })
  })
})

describe('who asks', () => {
  it('a command joins the request that is under way, and has its own tries and its end', () => {
    const joined = commandedFile(underWay('schedule'), COMMAND, NOON)
    expect(joined).toMatchObject({ requestId: 'r1', nextAt: null, cause: COMMAND, tries: 1 })
    expect(answered(joined, NOTHING)?.event?.value).toMatchObject({ reason: 'NO_RETURN_FILE', againAt: NOON + HOUR })
  })

  it('a command does not wait for the next try', () => {
    const waiting = answered(underWay('schedule'), LATER)
    expect(waiting && commandedFile(waiting.state, COMMAND, NOON)).toMatchObject({
      nextAt: NOON,
      tries: 0,
      reported: false,
    })
  })

  it('the schedule leaves alone what is being asked for', () => {
    const state = underWay('command')
    expect(scheduledFile(state, NOON)).toBe(state)
    const waiting = answered(state, LATER)?.state
    expect(waiting && scheduledFile(waiting, NOON)).toBe(waiting)
  })
})
