import type { BatchNo } from '@payout/mapi/values/batch-no'
import { laneOf } from '@payout/mapi/values/batch-no'
import type { Partner } from '@payout/runtime/partners/partners'
import type { GatewayNotSigned, GatewayRequestLine, GatewayToSign } from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { describe, expect, it } from 'vitest'
import { LANES } from '../testing/fake-log.ts'
import { batch, fields, read, signer } from '../testing/signed.ts'
import { acme, NOON, partner, payout, SignerBench } from '../testing/signer-bench.ts'

const TOMORROW = Date.parse('2026-11-22T09:00:00+08:00')
/** The partner when its batches were signed first, and as it is now. */
const inUtf8 = partner({ charset: 'utf-8' })
const other = partner({ alias: 'other', charset: 'utf-8' })

function line(payoutId: string, changes: Partial<GatewayRequestLine> = {}): GatewayRequestLine {
  const [made] = read(signer(NOON).sign(batch([payoutId], inUtf8))).lines
  if (!made) throw new RangeError('no line')
  return { ...made, ...changes }
}

function toSign(lines: readonly GatewayRequestLine[], changes: Partial<GatewayToSign> = {}): GatewayToSign {
  const { batchNo, payer } = read(signer(NOON).sign(batch(['p1'], inUtf8)))
  return { partner: 'acme', batchNo, payer, lines, notBefore: '20261122', signing: 2, reason: 'expired', resubmission: false, ...changes } // biome-ignore format: one thing
}

const BATCH = toSign([]).batchNo
const LANE = laneOf(BATCH as BatchNo, LANES)

/** A lane of what is to be signed, processed to its end with these partners. */
async function processed(asked: readonly GatewayToSign[], partners: readonly Partner[] = [acme, other]) {
  const bench = new SignerBench({}, partners)
  bench.clock.at = TOMORROW
  for (const one of asked) {
    const value = bench.codec.encode('gateway.GatewayToSign', one)
    bench.log.append({ topic: 'gateway.to-sign', partition: LANE, value })
  }
  await bench.runToSign(LANE)
  expect(bench.log.committedOffset('gateway.to-sign', LANE)).toBe(asked.length)
  const notSigned = bench.log.all('gateway.commands').map((record): GatewayNotSigned => {
    expect(record.partition).toBe(LANE)
    const { name, value } = bench.codec.decode(record.value, topics['gateway.commands'].values)
    if (name !== 'gateway.GatewayNotSigned') throw new RangeError(name)
    return value
  })
  return { bench, notSigned, requests: bench.requests }
}

const rare = line('rare', { payeeName: '𠮷野' })
const ids = (lines: readonly { readonly payoutId: string }[]) => lines.map(({ payoutId }) => payoutId)

describe('a batch that can not be signed again', () => {
  it('a name that the charset does not hold any more ends by itself: its neighbours in the batch and in the lane go on', async () => {
    const { bench, notSigned, requests } = await processed([
      toSign([line('p1'), rare, line('p2')]),
      toSign([line('q1', { payeeName: '𠮷野' })], { partner: 'other', batchNo: `${BATCH.slice(0, -1)}z` }),
      toSign([line('r1')], { batchNo: `${BATCH.slice(0, -1)}y` }),
    ])
    expect(notSigned).toMatchObject([
      {
        partner: 'acme',
        batchNo: BATCH,
        payDate: '20261122',
        signing: 2,
        resubmission: false,
        lines: [
          {
            payoutId: 'rare',
            serial: 'rare',
            code: 'MAPI_CHARSET_CANNOT_HOLD',
            explanation: expect.stringMatching(/name.*gbk cannot hold U\+20BB7/),
          },
        ],
        cause: { topic: 'gateway.to-sign', partition: LANE, offset: 0 },
      },
    ])
    expect(requests.map(({ partner: of, lines }) => [of, ...ids(lines)])).toEqual([
      ['acme', 'p1', 'p2'],
      ['other', 'q1'],
      ['acme', 'r1'],
    ])
    const [part] = requests
    expect(part).toMatchObject({ signing: 1, payDate: '20261122', resubmission: false })
    expect(part?.batchNo).not.toBe(BATCH)
    expect(laneOf(part?.batchNo as BatchNo, LANES)).toBe(LANE)
    expect(fields(part?.body ?? Buffer.alloc(0)).get('batch_no')).toBe(part?.batchNo)
    expect(bench.lines.some((text) => text.includes('can not be'))).toBe(true)
    expect(bench.lines.join()).not.toContain('𠮷')
  })

  it('the number of what is left is the same whenever it is signed', async () => {
    const asked = toSign([line('p1'), rare])
    const [first, again] = (await processed([asked, asked])).requests
    expect(again?.batchNo).toBe(first?.batchNo)
    expect((await processed([asked])).requests[0]?.batchNo).toBe(first?.batchNo)
    const others = await processed([toSign([line('p2'), rare])])
    expect(others.requests[0]?.batchNo).not.toBe(first?.batchNo)
  })

  it.each<[string, readonly Partner[], Partial<GatewayToSign>, string]>([
    ['the partner is gone', [other], {}, 'SIGNER_PARTNER_MISSING'],
    ['the key is gone', [partner({ signingKey: undefined })], {}, 'SIGNER_KEY_MISSING'],
    ['the paying account has a name that the charset lacks', [acme], { payer: { accountName: '𠮷公司', email: 'a@b.c', buyerAccountName: null } }, 'MAPI_CHARSET_CANNOT_HOLD'],
    ['the notify address is none', [partner({ notifyUrl: 'ftp://x' })], {}, 'MAPI_PARAMETER_FORMAT'],
    ['extend_param is longer than it may be', [partner({ extendParam: `a^${'b'.repeat(300)}` })], {}, 'MAPI_PARAMETER_FORMAT'],
  ])('where %s, all lines end by themselves', async (_what, partners, changes, code) => {
    const { notSigned, requests } = await processed(
      [toSign([line('p1'), line('p2')], changes), toSign([line('q1')], { partner: 'other' })],
      [...partners, ...(partners.includes(other) ? [] : [other])],
    )
    expect(notSigned.map(({ lines }) => lines.map((one) => [one.payoutId, one.code]))).toEqual([
      [
        ['p1', code],
        ['p2', code],
      ],
    ])
    expect(requests.map(({ lines }) => ids(lines))).toEqual([['q1']])
  }) // biome-ignore format: a table

  it('a line that a person sends again is marked as such', async () => {
    const { notSigned, requests } = await processed([
      toSign([rare], { reason: 'again', resubmission: true, signing: 1 }),
    ])
    expect(notSigned).toMatchObject([{ resubmission: true, signing: 1, lines: [{ payoutId: 'rare' }] }])
    expect(requests).toEqual([])
  })

  it('a batch that has grown past what a record holds goes out in parts', async () => {
    const wide = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const id = `p${String(index).padStart(31, '0')}`
        return line('p1', { payoutId: id, serial: id, payeeAccount: '𠮷'.repeat(100), payeeName: '𠮷'.repeat(128), memo: '𠮷'.repeat(100), contentHash: 'h'.repeat(64) }) // biome-ignore format: one thing
      })
    const asked = toSign(wide(1000))
    const { notSigned, requests } = await processed([asked], [inUtf8])
    expect(notSigned).toEqual([])
    expect(requests.map(({ lines }) => lines.length)).toEqual([500, 500])
    expect(new Set([BATCH, ...requests.map(({ batchNo }) => batchNo)]).size).toBe(3)
    expect(requests.flatMap(({ lines }) => ids(lines))).toEqual(ids(asked.lines))
  })

  it('what is a defect, or can not be read, still lets the lane wait', async () => {
    await expect(processed([toSign([line('p1')], { batchNo: 'short' })])).rejects.toMatchObject({
      code: 'MAPI_BATCH_NO_FORMAT',
    })
  })

  it('a defect while it is signed ends no payout: the lane waits, and nothing is written', async () => {
    const bench = new SignerBench()
    bench.clock.at = TOMORROW
    bench.dependencies.requestSigner.signAgain = () => {
      throw new TypeError('a defect')
    }
    const value = bench.codec.encode('gateway.GatewayToSign', toSign([line('p1')]))
    bench.log.append({ topic: 'gateway.to-sign', partition: LANE, value })
    await expect(bench.runToSign(LANE)).rejects.toThrow('a defect')
    expect(bench.log.commits).toEqual([])
  })
})

describe('a new batch that can not be signed', () => {
  it('fails before sending, and the commands of other partners behind it go on', async () => {
    const accounts = [{ id: 'a', name: '𠮷公司', email: 'pay@acme.example', buyerAccountName: undefined }] as const
    const bench = new SignerBench({}, [partner({ accounts, account: () => accounts[0] }), other])
    bench.request(payout('p1'))
    bench.request(payout('q1', { partner: 'other' }))
    await bench.run()
    expect(bench.signed).toEqual(['q1'])
    expect(bench.events).toMatchObject([
      { name: 'payout.PayoutFailed', value: { payoutId: 'p1', reason: 'MAPI_CHARSET_CANNOT_HOLD' } },
    ])
  })
})
