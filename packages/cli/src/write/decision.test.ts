import { describe, expect, it } from 'vitest'
import { decisionFault, decisionOf, missingOptions, openQuestions } from './decision.ts'

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

describe('what is sure to be refused', () => {
  const batchNo = '20261121000000000000000000000001'
  const known = { serial: 'po1', lastBatchNo: batchNo, outcome: undefined }
  /** The day after the pay date, 00:01 in China. */
  const now = Date.UTC(2026, 10, 21, 16, 1)
  const word = (decision: 'succeeded' | 'failed' | 'again', content: object = {}) => ({
    ...decisionOf({ partner: 'shop', payoutId: 'po1' }, decision, answers),
    batchNo,
    lookedAt: now,
    ...content,
  })

  it('nothing that the pipeline may take', () => {
    for (const decision of ['succeeded', 'failed', 'again'] as const)
      expect(decisionFault(word(decision), known, now)).toBeUndefined()
    expect(decisionFault(word('succeeded', { batchNo: 'an earlier one' }), known, now)).toBeUndefined()
    expect(decisionFault(word('failed'), { ...known, lastBatchNo: undefined }, now)).toBeUndefined()
    // It contradicts, and is reported as such.
    expect(decisionFault(word('failed'), { ...known, outcome: 'succeeded' }, now)).toBeUndefined()
    const foreign = { batchNo: 'not-of-ours', lastBatchNo: 'not-of-ours' }
    expect(decisionFault(word('failed', foreign), { ...known, ...foreign }, now)).toBeUndefined()
  })

  it.each([
    ['another serial', word('succeeded', { serial: 'po2' }), {}, 'serial at Alipay is po1'],
    ['another batch', word('failed', { batchNo: 'other' }), {}, 'last batch number is'],
    ['another batch', word('again', { batchNo: 'other' }), {}, 'last batch number is'],
    ['the outcome that it has', word('failed'), { outcome: 'failed' }, 'nothing to decide'],
    ['the outcome that it has', word('succeeded'), { outcome: 'succeeded' }, 'nothing to decide'],
    ['again of what is paid', word('again'), { outcome: 'succeeded' }, 'it has succeeded'],
    ['again of what has failed', word('again'), { outcome: 'failed' }, 'it has failed'],
    ['a look on the pay date', word('failed', { lookedAt: now - 120_000 }), {}, 'look again'],
  ] as const)('%s', (_, decided, more, why) => {
    expect(decisionFault(decided, { ...known, ...more }, now)).toContain(why)
  })

  it('failed and again, until the pay date is over in China', () => {
    for (const decision of ['failed', 'again'] as const) {
      const early = now - 60_001
      expect(decisionFault(word(decision, { lookedAt: early }), known, early)).toContain('decide after it')
    }
  })
})
