import type { PayDate } from '@payout/mapi/values/china-time'
import { describe, expect, it } from 'vitest'
import { isNearMidnight, mayBeSent, startOfSending } from './midnight.ts'

const DAY = '20260702' as PayDate
const at = (time: string) => Date.parse(`2026-07-${time}+08:00`)

describe('midnight in China', () => {
  it.each([
    ['01T23:59:30.000', false],
    ['02T00:00:00.000', false],
    ['02T00:00:29.999', false],
    ['02T00:00:30.000', true],
    ['02T12:00:00.000', true],
    ['02T23:59:29.999', true],
    ['02T23:59:30.000', false],
    ['02T23:59:59.999', false],
    ['03T00:00:00.000', false],
    ['03T00:00:30.000', false],
  ])('BTN-5: at %s a request of 2 July may be sent: %s', (time, may) => {
    expect(mayBeSent(DAY, at(time))).toBe(may)
  })

  it.each([
    ['01T23:59:24.999', false],
    ['01T23:59:25.000', true],
    ['01T23:59:59.999', true],
    ['02T00:00:00.000', true],
    ['02T00:00:29.999', true],
    ['02T00:00:30.000', false],
    ['02T12:00:00.000', false],
  ])('BTN-5: at %s midnight is too near to intend an attempt: %s', (time, near) => {
    expect(isNearMidnight(at(time))).toBe(near)
  })

  it('BTN-5: a day of sending begins 30 seconds after midnight', () => {
    expect(startOfSending(DAY)).toBe(at('02T00:00:30.000'))
  })
})
