import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import { describe, expect, it } from 'vitest'
import { type AgreementAction, agreementAnswer } from './agreement-answer.ts'

function event(name: string, reason = ''): AgreementEvent {
  return { name: `agreement.Agreement${name}`, value: { reason, url: 'u', expiresAt: 1 } } as unknown as AgreementEvent
}

const DONE = { kind: 'end', isDone: true }
const NOT_DONE = { kind: 'end', isDone: false }

describe('what an event says to whoever waits for a command', () => {
  it.each<[AgreementAction, string, object]>([
    ['sign', 'FormReady', { kind: 'form', url: 'u', expiresAt: 1 }],
    ['sign', 'Signed', DONE],
    ['sign', 'NotSigned', NOT_DONE],
    ['sign', 'Unsigned', NOT_DONE],
    ['sign', 'Failed', NOT_DONE],
    ['sign', 'Refused', NOT_DONE],
    ['sign', 'OnHold', { kind: 'report' }],
    ['status', 'Signed', DONE],
    ['status', 'NotSigned', DONE],
    ['status', 'Failed', NOT_DONE],
    ['unsign', 'Unsigned', DONE],
    ['unsign', 'Signed', NOT_DONE],
    ['unsign', 'OnHold', { kind: 'report' }],
  ])('%s: %s is %j', (action, name, answer) => {
    expect(agreementAnswer(action, event(name))).toEqual(answer)
  })

  it('takes an unsign that nobody could end as ended', () => {
    expect(agreementAnswer('unsign', event('OnHold', 'UNSIGN_UNKNOWN'))).toEqual(NOT_DONE)
  })
})
