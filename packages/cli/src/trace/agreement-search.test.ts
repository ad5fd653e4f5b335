import { agreementId, laneOfAgreement } from '@payout/mapi/values/agreement-id'
import { chinaDate } from '@payout/mapi/values/china-time'
import { makeRequestId } from '@payout/mapi/values/request-id'
import type { LogRecord } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { TopicName } from '@payout/schemas/topics'
import { beforeEach, describe, expect, it } from 'vitest'
import { findAgreement } from './agreement-search.ts'
import { InMemoryTopics, LANES } from './testing/in-memory-topics.ts'

const codec = new Codec()
const T0 = Date.UTC(2026, 10, 21, 3, 20)
const EMAIL = 'User@example.com'
const ID = agreementId('shop', EMAIL)
const LANE = laneOfAgreement(ID, LANES)
const TOKEN = 'TOKENTOKENTOKENTOKENTOKENTOKENTOKENTOKENTOK'
const PARTNER = '2088123412341234'
const QUERY = makeRequestId({ day: chinaDate(T0), lane: LANE, about: ['query', 1] })
const UNSIGN = makeRequestId({ day: chinaDate(T0), lane: LANE, about: ['unsign', 1] })
const FORM = makeRequestId({ day: chinaDate(T0), lane: LANE, about: ['form', 1] })

let shelf: InMemoryTopics
beforeEach(() => {
  shelf = new InMemoryTopics()
})

function place(topic: TopicName, after: number, key = `shop/${ID}`) {
  return { topic, partition: LANE, timestamp: T0 + after, key }
}

function eventPlace(after: number) {
  const key = `shop/${ID}`
  return { topic: 'agreement.events', partition: key.length % LANES, timestamp: T0 + after, key } as const
}

function source({ topic, partition, offset, timestamp }: LogRecord) {
  return { topic, partition, offset, line: 0, timestamp }
}

function event(version: number, commandId: string, cause: LogRecord) {
  return {
    eventId: `e${version}`,
    agreementId: ID as string,
    commandId,
    partner: 'shop',
    version,
    occurredAt: T0,
    seenAt: T0,
    evidence: { kind: 'command', id: 'c', source: source(cause) },
  } as const
}

function signCommand(commandId = 'c1', email = EMAIL, partner = 'shop', after = 0): LogRecord {
  return shelf.write(
    { topic: 'agreement.commands', partition: 1, timestamp: T0 + after, key: email },
    'agreement.AgreementSignRequested',
    { commandId, partner, email, requestedAt: null },
  )
}

function serviceStory(requestId: string, service: string, after: number, parameters: Record<string, string>): void {
  const cause = shelf.write(place('gateway.to-sign', after, requestId), 'gateway.GatewayServiceToSign', {
    partner: 'shop',
    requestId,
    service,
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    sendBefore: T0 + 600_000,
  })
  shelf.write(place('gateway.requests', after + 1, requestId), 'gateway.GatewayServiceRequest', {
    partner: 'shop',
    requestId,
    service,
    charset: 'gbk',
    body: Buffer.from(`partner=${PARTNER}&sign=SECRETSIGN`),
    sendBefore: T0 + 600_000,
    signedAt: T0 + after,
    cause: source(cause),
  })
  const attempt = {
    partner: 'shop',
    batchNo: requestId,
    attempts: 1,
    request: null,
    code: null,
    forgetAt: null,
    at: T0 + after,
  }
  shelf.write(place('gateway.attempts', after + 2, requestId), 'gateway.GatewayAttempt', {
    ...attempt,
    state: 'in_doubt',
  })
  const flags = '<charge_agent>T</charge_agent><refund_charge>T</refund_charge>'
  shelf.write(place('gateway.answers', after + 3, requestId), 'gateway.GatewayServiceAnswer', {
    partner: 'shop',
    requestId,
    service,
    attempt: 1,
    outcome: 'accepted',
    code: null,
    final: true,
    httpStatus: 200,
    contentType: 'text/xml',
    body: Buffer.from(`<?xml version="1.0"?><alipay><is_success>T</is_success>${flags}</alipay>`),
    file: null,
    sentAt: T0 + after,
    answeredAt: T0 + after + 2,
  })
}

/** All that becomes of one agreement: signed, then cancelled. */
function wholeStory(): void {
  const command = signCommand()
  shelf.write(place('gateway.commands', 10), 'gateway.GatewayAgreementCommand', {
    partner: 'shop',
    agreementId: ID,
    commandId: 'c1',
    action: 'sign',
    contentHash: 'h',
    account: EMAIL,
    parameters: [{ name: 'email', value: EMAIL }],
    seenCode: null,
    source: source(command),
  })
  shelf.write(place('gateway.to-sign', 20), 'gateway.GatewayFormToSign', {
    partner: 'shop',
    requestId: FORM,
    agreementId: ID,
    commandId: 'c1',
    parameters: [{ name: 'email', value: EMAIL }],
    version: 1,
    expiresAt: T0 + 60_000,
    withdrawn: false,
    source: source(command),
  })
  shelf.write(place('gateway.forms', 30, `shop/${ID}/c1`), 'gateway.GatewayForm', {
    partner: 'shop',
    requestId: FORM,
    agreementId: ID,
    commandId: 'c1',
    token: TOKEN,
    charset: 'gbk',
    parameters: [
      { name: 'partner', value: PARTNER },
      { name: 'sign', value: 'SECRETSIGN' },
    ],
    expiresAt: T0 + 60_000,
    signedAt: T0 + 29,
  })
  shelf.write(eventPlace(31), 'agreement.AgreementFormReady', {
    ...event(1, 'c1', command),
    url: `https://pay.example.com/agreement/shop/${TOKEN}`,
    expiresAt: T0 + 60_000,
  })
  serviceStory(QUERY, 'query_customer_protocol', 40, { biz_type: '10004', user_email: EMAIL })
  shelf.write(eventPlace(50), 'agreement.AgreementSigned', {
    ...event(2, 'c1', command),
    chargeAgent: true,
    refundCharge: true,
  })
  const cancel = shelf.write(
    { topic: 'agreement.commands', partition: 1, timestamp: T0 + 60, key: EMAIL },
    'agreement.AgreementUnsignRequested',
    {
      commandId: 'c2',
      partner: 'shop',
      customerCode: null,
      typeCode: `${PARTNER}1000310004`,
      bizType: null,
      transAccountOut: null,
      userEmail: EMAIL.toLowerCase(),
      requestedAt: null,
    },
  )
  const typeCode = `${PARTNER}1000310004`
  serviceStory(UNSIGN, 'customer_unsign', 70, { type_code: typeCode, user_email: EMAIL.toLowerCase() })
  shelf.write(eventPlace(80), 'agreement.AgreementUnsigned', event(3, 'c2', cancel))
  const other = makeRequestId({ day: chinaDate(T0), lane: LANE, about: ['other'] })
  serviceStory(other, 'query_customer_protocol', 45, { biz_type: '10004', user_email: 'somebody.else@example.com' })
}

const STEPS = [
  'command',
  'checked command',
  'form to be signed',
  'signed form',
  'event form ready',
  'to be signed',
  'signed request',
  'attempt',
  'answer',
  'event signed',
  'command',
  'to be signed',
  'signed request',
  'attempt',
  'answer',
  'event unsigned',
]

describe('the story of an agreement', () => {
  it.each([
    ['an id of its commands', 'c1'],
    ['another id of its commands', 'c2'],
    ['its own id', ID],
  ])('MAPI-17: is found whole by %s, in order, with the place of each record', async (_, id) => {
    wholeStory()
    const story = await findAgreement(shelf, codec, { id })
    expect(story?.subject).toEqual({ partner: 'shop', agreementId: ID })
    expect(story?.entries.map(({ step }) => step)).toEqual(STEPS)
    expect(story?.entries[0]?.place).toBe('agreement.commands/1@0')
    expect(story?.entries[8]?.says[0]).toContain('automatic payment yes, automatic refund yes')
  })

  it('shows neither keys, nor partner ids, nor the address of a form, and nobody else', async () => {
    wholeStory()
    const text = JSON.stringify(await findAgreement(shelf, codec, { id: 'c1' }))
    expect(text).not.toMatch(/2088|SECRETSIGN|TOKEN|somebody\.else/)
    expect(text).toContain('https://pay.example.com/agreement/shop/…')
    expect(text).toContain(EMAIL)
  })

  it("reads one partition of each gateway topic, the agreement's lane", async () => {
    wholeStory()
    await findAgreement(shelf, codec, { id: ID })
    const lanes = shelf.readFrom.filter(({ topic }) => topic.startsWith('gateway.')).map(({ partition }) => partition)
    expect(new Set(lanes)).toEqual(new Set([LANE]))
  })

  it('is a command with its end where the command was not valid', async () => {
    const command = signCommand('c9', '13800000001')
    shelf.write(
      { topic: 'agreement.events', partition: 0, timestamp: T0 + 1, key: 'shop/command/c9' },
      'agreement.AgreementFailed',
      {
        ...event(1, 'c9', command),
        agreementId: null,
        version: null,
        reason: 'MAPI_SIGNER_IS_MOBILE',
        explanation: 'a mobile number cannot sign',
      },
    )
    const story = await findAgreement(shelf, codec, { id: 'c9' })
    expect(story?.entries.map(({ step }) => step)).toEqual(['command', 'event failed'])
    expect(JSON.stringify(story)).toContain('MAPI_SIGNER_IS_MOBILE')
  })

  it('asks which is meant where several agreements have a command of one id', async () => {
    signCommand('c1', EMAIL, 'shop')
    signCommand('c1', EMAIL, 'store')
    await expect(findAgreement(shelf, codec, { id: 'c1' })).rejects.toThrow(/name one with --partner/)
    const story = await findAgreement(shelf, codec, { id: 'c1', partner: 'store' })
    expect(story?.subject.partner).toBe('store')
    signCommand('c1', 'second@example.com', 'store')
    await expect(findAgreement(shelf, codec, { id: 'c1', partner: 'store' })).rejects.toThrow(/agreement's own id/)
  })

  it('knows nothing of an id that nobody used', async () => {
    wholeStory()
    expect(await findAgreement(shelf, codec, { id: 'c3' })).toBeUndefined()
  })
})
