import { createHash } from 'node:crypto'
import { laneOf } from '@payout/mapi/values/batch-no'
import type { Fen } from '@payout/mapi/values/fen'
import { HOUR_MS } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { LANES } from '../testing/fake-log.ts'
import { batch, fields, read, signer } from '../testing/signed.ts'
import { acme, NOON, PARTNER_ID, partner, payout, SECRET, SignerBench } from '../testing/signer-bench.ts'
import type { RequestSigner } from './request-signer.ts'

const MIDNIGHT = Date.parse('2026-11-22T00:00:00+08:00')

describe('a new batch', () => {
  it('BTN-1: is what Alipay asks for, signed over its bytes', () => {
    const request = read(signer(NOON).sign(batch(['p1', 'p2'])))
    const sent = fields(request.body)
    expect(sent.get('partner')).toBe(PARTNER_ID)
    expect(sent.get('service')).toBe('batch_trans_notify_no_pwd')
    expect(sent.get('batch_no')).toBe(request.batchNo)
    expect(sent.get('batch_num')).toBe('2')
    expect(sent.get('batch_fee')).toBe('24.68')
    expect(sent.get('pay_date')).toBe('20261121')
    expect(sent.get('email')).toBe('pay@acme.example')
    // 张三 and 工资 in GBK, as Python's str.encode('gbk') gives them.
    const zhang = Buffer.from('d5c5c8fd', 'hex').toString('latin1')
    const wages = Buffer.from('b9a4d7ca', 'hex').toString('latin1')
    expect(sent.get('detail_data')).toBe(
      ['p1', 'p2'].map((id) => `${id}^zhang@example.com^${zhang}^12.34^${wages}`).join('|'),
    )
    const text = [...sent]
      .filter(([name]) => name !== 'sign' && name !== 'sign_type')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    expect(sent.get('sign')).toBe(
      createHash('md5')
        .update(text + SECRET, 'latin1')
        .digest('hex'),
    )
  })

  it('BTN-3: the same lines on the same day have the same number, whoever signs them; other lines or another day another', () => {
    const number = (ids: readonly string[], now = NOON, of = acme) => read(signer(now).sign(batch(ids, of))).batchNo
    expect(number(['p1', 'p2'])).toBe(number(['p1', 'p2'], NOON + HOUR_MS))
    const numbers = [
      number(['p1', 'p2']),
      number(['p2', 'p1']),
      number(['p1']),
      number(['p1', 'p2'], MIDNIGHT),
      number(['p1', 'p2'], NOON, partner({ alias: 'beta' })),
    ]
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const no of numbers) expect(no).toMatch(/^[0-9a-z]{32}$/)
  })

  it('BTN-3: a line of another amount, account, name or remark has another number', () => {
    const composed = batch(['p1'])
    const [one] = composed.payables
    const changes = [{}, { amount: 1_235 as Fen }, { account: 'li@example.com' }, { name: '李四' }, { memo: '奖金' }]
    const numbers = changes.map((change) => {
      const payables = [{ ...one, line: { ...one.line, ...change } }] as const
      return read(signer(NOON).sign({ ...composed, payables })).batchNo
    })
    expect(new Set(numbers).size).toBe(changes.length)
  })

  it('stands in the lane that its number names, whatever the number of lanes', () => {
    const lanes = new Set<number>()
    for (let i = 0; i < 60; i++) {
      const record = signer(NOON).sign(batch([`p${i}`]))
      const { batchNo } = read(record)
      expect(record?.partition).toBe(laneOf(batchNo as Parameters<typeof laneOf>[0], LANES))
      lanes.add(record?.partition ?? -1)
    }
    expect(lanes).toEqual(new Set([0, 1, 2, 3]))
  })

  it('BTN-5: its pay date is the day in China', () => {
    expect(read(signer(MIDNIGHT - 1).sign(batch(['p1']))).payDate).toBe('20261121')
    expect(read(signer(MIDNIGHT).sign(batch(['p1']))).payDate).toBe('20261122')
  })

  it('BTN-6: both names of the paying account are sent where both are configured', () => {
    const accounts = [{ id: 'b', name: '甲', email: 'pay@acme.example', buyerAccountName: 'b' }]
    const both = partner({ accounts, account: () => accounts[0], extendParam: 'a^1|b^2' })
    const sent = fields(read(signer(NOON).sign(batch(['p1'], both))).body)
    expect([sent.get('email'), sent.get('buyer_account_name'), sent.get('extend_param')]).toEqual([
      'pay@acme.example',
      'b',
      'a^1|b^2',
    ])
  })

  it('1,000 of the longest lines fit into a record in every character set', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `X${'y'.repeat(59)}${String(i).padStart(4, '0')}`)
    for (const charset of ['utf-8', 'gbk', 'gb2312'] as const) {
      const longest = batch(ids, partner({ charset }), 5_000_000)
      const payables = longest.payables.map((one) => ({
        ...one,
        line: { ...one.line, account: 'z'.repeat(100), name: '张'.repeat(128), memo: '张'.repeat(100) },
      }))
      const [first, ...rest] = payables
      if (!first) throw new Error('1,000 lines')
      expect(read(signer(NOON).sign({ payables: [first, ...rest], composed: true })).lines).toHaveLength(1_000)
    }
  })

  it('a key that is missing stops the lane by name', () => {
    expect(() => signer(NOON).sign(batch(['p1'], partner({ signingKey: undefined })))).toThrow(
      expect.objectContaining({ code: 'SIGNER_KEY_MISSING', message: expect.not.stringContaining(PARTNER_ID) }),
    )
  })
})

describe('a batch that is too large for a record', () => {
  it('single payouts are cut into halves; what upstream composed fails', async () => {
    const bench = new SignerBench()
    const { requestSigner } = bench.dependencies
    const dependencies = { ...bench.dependencies, requestSigner: Object.create(requestSigner, {}) as RequestSigner }
    // As if three lines were too many for a record.
    dependencies.requestSigner.sign = (asked) => (asked.payables.length > 2 ? undefined : requestSigner.sign(asked))
    for (let i = 0; i < 5; i++) bench.request(payout(`s${i}`))
    bench.requestBatch([payout('c0'), payout('c1'), payout('c2')])
    const { runPayoutTask } = await import('./payout-task.ts')
    await bench.work(bench.log.open('payout.commands', 0), (session) => runPayoutTask(session, dependencies))
    expect(bench.signed.sort()).toEqual(['s0', 's1', 's2', 's3', 's4'])
    expect(bench.requests.every(({ lines }) => lines.length <= 2)).toBe(true)
    expect(bench.events.map(({ value }) => [value.payoutId, 'reason' in value && value.reason])).toEqual(
      expect.arrayContaining([
        ['c0', 'BATCH_TOO_LARGE'],
        ['c1', 'BATCH_TOO_LARGE'],
        ['c2', 'BATCH_TOO_LARGE'],
      ]),
    )
  })
})
