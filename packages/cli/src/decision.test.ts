import { describe, expect, it } from 'vitest'
import { decisionOf, missingOptions, openQuestions } from './decision.ts'

const answers = {
  batchNo: ' 20261121abc ',
  serial: 'po1',
  lookedAt: '2026-11-21 11:20',
  lookedWhere: 'console, batch page',
  alipaySaid: 'no such batch',
  by: 'Mao',
  reason: 'never arrived',
}

describe('a decision', () => {
  it('says who looked where and when, with the time as it stands in the console', () => {
    expect(decisionOf({ partner: 'shop', payoutId: 'po1' }, 'again', answers)).toEqual({
      payoutId: 'po1',
      partner: 'shop',
      decision: 'again',
      batchNo: '20261121abc',
      serial: 'po1',
      lookedAt: Date.UTC(2026, 10, 21, 3, 20),
      lookedWhere: 'console, batch page',
      alipaySaid: 'no such batch',
      decidedBy: 'Mao',
      reason: 'never arrived',
    })
  })

  it('names every option that is missing; blanks are no answer', () => {
    expect(missingOptions({})).toEqual([
      '--decision',
      '--batch-no',
      '--serial',
      '--looked-at',
      '--looked-where',
      '--alipay-said',
      '--by',
      '--reason',
    ])
    expect(missingOptions({ ...answers, decision: 'failed', reason: ' ' })).toEqual(['--reason'])
    expect(openQuestions(answers)).toEqual([])
  })
})
