/** Commands that are wrong: what each gets, and that its neighbours go on. */
import { serialOf } from '@payout/mapi/values/serial'
import { Codec } from '@payout/schemas/codec'
import type { AgreementUnsignRequested, PayoutRequested } from '@payout/schemas/generated/records'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { AgreementStage, emailOf } from '../system/actors/agreement-stage.ts'
import { ask, askAgreement, askBatch, batch, payout, sign, status, unsign, write } from '../system/actors/commands.ts'
import { outputOf } from '../system/admin.ts'
import { recordsOf, requestsOf } from '../system/records.ts'
import { type System, startSystem } from '../system/system.ts'

const codec = new Codec()

/** One that can be read and must fail, with the reason. */
const NOT_VALID: readonly (readonly [what: string, reason: string, content: Partial<PayoutRequested>])[] = [
  ['an amount of 0', 'INVALID_AMOUNT', { amountFen: 0 }],
  ['an amount below 0', 'INVALID_AMOUNT', { amountFen: -1 }],
  ['an amount over the limit', 'AMOUNT_OVER_LIMIT', { amountFen: 100_000_001 }],
  ['^ in a name', 'MAPI_DETAIL_FIELD_CHARACTER', { payeeName: '常^炜' }],
  ['| in a memo', 'MAPI_DETAIL_FIELD_CHARACTER', { memo: '工资|1' }],
  ['a line break in an account', 'MAPI_DETAIL_FIELD_CHARACTER', { payeeAccount: 'ok\n@example.com' }],
  ['an account that a phone wrote', 'MAPI_ACCOUNT_FORMAT', { payeeAccount: '\u202d13800138000\u202c' }],
  ['an account that a spreadsheet rounded', 'MAPI_ACCOUNT_FORMAT', { payeeAccount: '1.38E+10' }],
  ['an empty name', 'MAPI_DETAIL_FIELD_EMPTY', { payeeName: '' }],
  ['a name that is too long', 'MAPI_DETAIL_FIELD_LENGTH', { payeeName: '炜'.repeat(129) }],
  ['a name that GBK cannot hold', 'MAPI_CHARSET_CANNOT_HOLD', { partner: 'shop-rsa-gbk', payeeName: '𠮷野' }],
  ['a name that only GBK holds', 'MAPI_CHARSET_CANNOT_HOLD', { partner: 'shop-dsa-gb2312', payeeName: '朱镕基' }],
  ['an unknown partner', 'UNKNOWN_PARTNER', { partner: 'nobody' }],
  ['an unknown payer', 'UNKNOWN_PAYER', { payer: 'someone@else.example.com' }],
]

let system: System

beforeAll(async () => {
  // One partition: each bad command has its neighbours in the same one.
  system = await startSystem({ brokers: inject('brokers'), redisUrl: inject('redisUrl'), keyPartitions: 1 })
}, 180_000)

afterAll(() => system?.stop(), 60_000)

let neighbours = 0

/** A good payout behind a bad command: once it is through, the bad one was processed. */
async function neighbourGoesOn(): Promise<void> {
  const id = `neighbour-${neighbours++}`
  await ask(system, payout(id))
  await system.events.until(() => system.events.story(id).includes('succeeded'), `${id} has succeeded`)
}

async function deadLetters() {
  return recordsOf(system, 'payout.commands.dlq')
}

const idOf = (what: string) => `bad-${what.replaceAll(/[^a-z0-9]/gi, '-')}`

describe('commands that can be read and are not valid', () => {
  beforeAll(async () => {
    for (const [what, , content] of NOT_VALID) await ask(system, payout(idOf(what), content))
    await neighbourGoesOn()
  })

  it.each(NOT_VALID)('MAPI-12: %s is payout.failed, %s, and nothing is signed', async (what, reason) => {
    expect(system.events.of(idOf(what)).map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.failed', { reason, version: 1, batchNo: null, serial: null, evidence: { kind: 'command' } }],
    ])
    const signed = (await requestsOf(system)).flatMap(({ lines }) => lines.map(({ payoutId }) => payoutId))
    expect(signed).not.toContain(idOf(what))
    expect(await deadLetters()).toEqual([])
  })
})

it('an amount beyond what a number holds exactly is payout.failed, and not rounded', async () => {
  // 2^53 + 1 fen. The codec itself refuses to write it, so it stands in the place of another amount.
  const good = codec.encode('payout.PayoutRequested', payout('beyond', { amountFen: 4_503_599_627_370_496 }))
  const varint = (fen: bigint) => {
    const bytes: number[] = []
    for (let left = fen * 2n; ; left >>= 7n) {
      if (left < 128n) return Buffer.from([...bytes, Number(left)])
      bytes.push(Number(left & 127n) | 128)
    }
  }
  const [before, after] = [varint(4_503_599_627_370_496n), varint(9_007_199_254_740_993n)]
  const at = good.indexOf(before)
  await write(system, 'beyond', Buffer.concat([good.subarray(0, at), after, good.subarray(at + before.length)]))
  await neighbourGoesOn()
  expect(system.events.of('beyond').map(({ type, value }) => [type, value])).toMatchObject([
    ['payout.failed', { reason: 'INVALID_AMOUNT', version: 1 }],
  ])
})

it('what is not Avro is a dead letter, byte for byte, with reason and coordinates', async () => {
  const value = Buffer.from('{"payoutId":"json-1"}')
  await write(system, 'json-1', value, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })
  await neighbourGoesOn()
  const command = (await recordsOf(system, 'payout.commands')).find(({ key }) => String(key) === 'json-1')
  const letter = (await deadLetters()).find(({ key }) => String(key) === 'json-1')
  expect(letter?.value).toEqual(value)
  expect(letter?.headers).toMatchObject({
    'dead-letter-code': 'SCHEMA_NOT_AVRO',
    'dead-letter-topic': 'payout.commands',
    'dead-letter-partition': '0',
    'dead-letter-offset': String(command?.offset),
    'first-timestamp': String(command?.timestamp),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  })
  expect(letter?.headers['dead-letter-explanation']).not.toBe('')
})

it('a value of an unknown schema, half a value, an empty batch, and a record of another kind are dead letters', async () => {
  const good = codec.encode('payout.PayoutRequested', payout('never-read'))
  const unknown = Buffer.from(good)
  unknown.writeBigUInt64LE(1n, 2)
  const before = (await deadLetters()).length
  await write(system, 'unknown-schema', unknown)
  await write(system, 'half', good.subarray(0, good.length - 4))
  await askBatch(system, 'empty-batch', batch('shop-md5-utf8', []))
  await write(
    system,
    'other-kind',
    codec.encode('gateway.GatewayTimer', { partner: 'shop-md5-utf8', batchNo: '20261121000', signing: 1, dueAt: 1 }),
  )
  await neighbourGoesOn()
  const letters = (await deadLetters()).slice(before)
  expect(letters.map(({ key }) => String(key))).toEqual(['unknown-schema', 'half', 'empty-batch', 'other-kind'])
  expect(letters.map(({ headers }) => headers['dead-letter-code'])).toEqual([
    'SCHEMA_UNKNOWN',
    'SCHEMA_NOT_AVRO',
    'COMMAND_EMPTY',
    'SCHEMA_UNEXPECTED_RECORD',
  ])
  expect(system.events.story('never-read')).toEqual([])
})

it('a dead letter takes no id: the same id can be asked for afterwards', async () => {
  await write(system, 'later-good', Buffer.from('later-good'))
  await ask(system, payout('later-good'))
  await system.events.until(() => system.events.story('later-good').includes('succeeded'), 'it is paid')
})

it('BTN-3: a batch command that names an id twice is refused whole, and takes no id', async () => {
  await askBatch(
    system,
    'twice',
    batch('shop-md5-utf8', [{ payoutId: 'twice-a' }, { payoutId: 'twice-b' }, { payoutId: 'twice-a', amountFen: 2 }]),
  )
  await neighbourGoesOn()
  for (const id of ['twice-a', 'twice-b']) {
    expect(system.events.of(id).map(({ type, value }) => [type, value])).toMatchObject([
      ['payout.refused', { reason: 'ID_TWICE_IN_COMMAND', heldBy: null }],
    ])
  }
  await ask(system, payout('twice-b'))
  await system.events.until(() => system.events.story('twice-b').includes('succeeded'), 'the id is still free')
})

it('BTN-2: one bad line of a batch gets its own event, the others go on under one number', async () => {
  await ask(system, payout('line-taken', { amountFen: 7 }))
  await system.events.until(() => system.events.story('line-taken').includes('succeeded'), 'an id is taken')
  await askBatch(
    system,
    'lines',
    batch('shop-md5-utf8', [
      { payoutId: 'line-1' },
      { payoutId: 'line-2', amountFen: 0 },
      { payoutId: 'line-taken', amountFen: 8 },
      { payoutId: 'line-3' },
    ]),
  )
  await system.events.until(
    () => ['line-1', 'line-3'].every((id) => system.events.story(id).includes('succeeded')),
    'the good lines have succeeded',
  )
  expect(system.events.of('line-2').map(({ type, value }) => [type, value])).toMatchObject([
    ['payout.failed', { reason: 'INVALID_AMOUNT', evidence: { source: { line: 1 } } }],
  ])
  expect(system.events.story('line-taken').at(-1)).toBe('refused')
  const request = (await requestsOf(system)).filter(({ lines }) => lines.some(({ payoutId }) => payoutId === 'line-1'))
  expect(request.map(({ lines }) => lines.map(({ payoutId }) => payoutId))).toEqual([['line-1', 'line-3']])
})

it('a batch of 1,001 lines fails line by line, and nothing of it is signed', async () => {
  const lines = Array.from({ length: 1_001 }, (_, index) => ({ payoutId: `too-many-${index}` }))
  await askBatch(system, 'too-many', batch('shop-md5-utf8', lines))
  const failed = () => system.events.seen.filter(({ value }) => value.payoutId?.startsWith('too-many-'))
  await system.events.until(() => failed().length === 1_001, 'each line has failed')
  expect(new Set(failed().map(({ type, value }) => `${type} ${'reason' in value && value.reason}`))).toEqual(
    new Set(['payout.failed TOO_MANY_LINES']),
  )
})

it('the same command again is nothing new; with other content, or malformed, it is refused and the payout untouched', async () => {
  await ask(system, payout('same', { amountFen: 5_00 }))
  await system.events.until(() => system.events.story('same').includes('succeeded'), 'the first is paid')
  const before = system.events.story('same')
  await ask(system, payout('same', { amountFen: 5_00 }))
  await neighbourGoesOn()
  expect(system.events.story('same')).toEqual(before)

  const first = (await recordsOf(system, 'payout.commands')).find(({ key }) => String(key) === 'same')
  await ask(system, payout('same', { amountFen: 6_00 }))
  await ask(system, payout('same', { amountFen: 0 }))
  await neighbourGoesOn()
  expect(system.events.story('same')).toEqual([...before, 'refused', 'refused'])
  const heldBy = { topic: 'payout.commands', partition: first?.partition, offset: first?.offset }
  expect(
    system.events
      .of('same')
      .slice(-2)
      .map(({ value }) => value),
  ).toMatchObject([
    { reason: 'ID_TAKEN', heldBy },
    { reason: 'INVALID_AMOUNT', heldBy },
  ])
  expect(system.events.of('same').at(-1)?.value).not.toHaveProperty('version')
  expect(system.events.outcomes().get('shop-md5-utf8/same')).toEqual(['payout.succeeded'])
})

it('the same id of another partner is another payout', async () => {
  await ask(system, payout('shared'), payout('shared', { partner: 'shop-rsa-gbk', amountFen: 2_00 }))
  await system.events.until(
    () =>
      ['shop-md5-utf8', 'shop-rsa-gbk'].every((alias) => system.events.outcomes().get(`${alias}/shared`)?.length === 1),
    'both are paid',
  )
})

describe('commands about agreements that are not valid', () => {
  let stage: AgreementStage
  beforeAll(() => {
    stage = new AgreementStage(system)
  })

  const MOBILE = '13800138000'
  const nothing = { customerCode: null, typeCode: null, bizType: null, transAccountOut: null, userEmail: null }
  const cancel = (commandId: string, what: Partial<AgreementUnsignRequested>) => ({
    name: 'agreement.AgreementUnsignRequested' as const,
    value: { partner: 'shop-md5-utf8', requestedAt: null, ...nothing, commandId, ...what },
  })
  const email = emailOf('not-valid')
  const NOT_VALID = [
    ['SGN-4', 'a mobile number as the signer', 'MAPI_SIGNER_IS_MOBILE', sign('bad-1', MOBILE)],
    ['SGN-4', 'a mobile number of another spelling', 'MAPI_SIGNER_IS_MOBILE', sign('bad-2', '+86 138-0013-8000')],
    ['SGN-4', 'a mobile number to ask about', 'MAPI_SIGNER_IS_MOBILE', status('bad-3', MOBILE)],
    ['SGN-4', 'a mobile number to cancel', 'MAPI_SIGNER_IS_MOBILE', unsign('bad-4', MOBILE)],
    ['UNS-1', 'nothing at all', 'MAPI_UNSIGN_KIND_MISSING', cancel('bad-5', {})],
    ['UNS-1', 'an account without a kind', 'MAPI_UNSIGN_KIND_MISSING', cancel('bad-6', { userEmail: email })],
    ['UNS-1', 'a kind without an account', 'MAPI_UNSIGN_ACCOUNT_MISSING', cancel('bad-7', { bizType: '10004' })],
    ['UNS-2', 'biz_type 10003', 'MAPI_UNSIGN_BIZ_TYPE', cancel('bad-8', { bizType: '10003', userEmail: email })],
    ['MAPI-12', 'no e-mail address', 'MAPI_PARAMETER_FORMAT', sign('bad-9', 'no address')],
    ['MAPI-12', 'what the charset cannot hold', 'MAPI_CHARSET_CANNOT_HOLD', sign('bad-10', '镕@example.com', 'shop-dsa-gb2312')],
    ['MAPI-12', 'an unknown partner', 'UNKNOWN_PARTNER', sign('bad-11', email, 'nobody')],
    ['MAPI-12', 'an id that is none', 'INVALID_COMMAND_ID', sign('bad 12', email)],
    ['MAPI-12', 'a code that is none', 'INVALID_SEEN_CODE', status('bad-13', email, '<b>')],
  ] as const // biome-ignore format: a table

  it('UNS-1, UNS-2, SGN-4: each is agreement.failed with the rule named, and nothing is signed for any', async () => {
    const traces = async () => ({
      forms: (await recordsOf(system, 'gateway.forms')).length,
      decisions: (await recordsOf(system, 'gateway.commands')).length,
    })
    const before = await traces()
    for (const [, , , command] of NOT_VALID) await askAgreement(system, command)
    await stage.neighbourIsTold()
    for (const [rule, what, code, { value }] of NOT_VALID) {
      expect(stage.story(value.commandId), `${rule}: ${what}`).toEqual([[`failed ${code}`]])
      expect(stage.eventsOf(value.commandId)[0]?.value, what).toMatchObject({
        version: null,
        evidence: { kind: 'command' },
      })
    }
    // The neighbour's own command is the only one.
    expect(await traces()).toEqual({ ...before, decisions: before.decisions + 1 })
    expect(await stage.callsAbout(email, 'customer_unsign')).toEqual([])
    for (const process of system.services.signer) expect(outputOf(process)).not.toMatch(/13800138000|138-0013-8000/)
  })

  it('what can not be read is a dead letter, byte for byte', async () => {
    const value = Buffer.from('{"commandId":"json-1"}')
    const message = { topic: 'agreement.commands', partition: 0, key: 'json-1', value, headers: {} } as const
    await system.publisher.append(message)
    await stage.neighbourIsTold()
    const [letter, ...others] = await recordsOf(system, 'agreement.commands.dlq')
    expect(others).toEqual([])
    expect([String(letter?.key), letter?.value]).toEqual(['json-1', value])
    expect(letter?.headers).toMatchObject({
      'dead-letter-code': 'SCHEMA_NOT_AVRO',
      'dead-letter-topic': 'agreement.commands',
    })
  })
})

it('BTN-3: nothing was paid twice, nor what was not asked for', async () => {
  const books = await system.gateway.books()
  const paid = new Set(
    system.events.seen
      .filter(({ type }) => type === 'payout.succeeded')
      .map(({ value }) => `${value.partner}/${serialOf(value.payoutId ?? '')}`),
  )
  expect(new Set(books.map(({ alias, serial }) => `${alias}/${serial}`))).toEqual(paid)
  expect((await system.gateway.summary()).paidTwice).toEqual([])
})
