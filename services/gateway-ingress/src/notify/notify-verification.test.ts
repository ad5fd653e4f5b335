import { setTimeout as sleep } from 'node:timers/promises'
import { partnerId } from '@payout/mapi/values/partner-id'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type GatewayStandIn, gatewayStandIn } from '../testing/gateway-stand-in.ts'
import { NotifyVerification, type VerificationOptions } from './notify-verification.ts'

const partner = partnerId('2088002396712354')

async function verification(
  options: Partial<VerificationOptions> = {},
): Promise<{ gateway: GatewayStandIn; ask: (notifyId?: string) => Promise<boolean>; outcomes: string[] }> {
  const gateway = await gatewayStandIn()
  const outcomes: string[] = []
  const client = new NotifyVerification({
    gatewayUrl: gateway.url,
    timeoutMs: 2000,
    connections: 4,
    connectionLifeMs: 60_000,
    breakerFailures: 1000,
    breakerOpenMs: 60_000,
    onAsked: (outcome) => outcomes.push(outcome),
    ...options,
  })
  onTestFinished(() => client.close())
  return { gateway, ask: (notifyId = 'id') => client.confirms(partner, notifyId), outcomes }
}

const unavailable = expect.objectContaining({ reason: 'verification-unavailable' })

describe('NotifyVerification', () => {
  it('BTN-12: encodes the notify_id exactly once, from its decoded value', async () => {
    const { gateway, ask } = await verification()
    // The notify_id of batch_trans_notify_no_pwd 1.3 §9 as it stands in a form, decoded once, and the question that the
    // document prints for it.
    await ask('RqPnCoPT3K9%2Fvwbh3I%2BFioE227%2BPfNMl8jwyZqMliXQWxhOCmQ5MQO%2FWd93rvCB%2BaiGq')
    expect(gateway.asked).toEqual([
      'GET /gateway.do?service=notify_verify&partner=2088002396712354&notify_id=RqPnCoPT3K9%252Fvwbh3I%252BFioE227%252BPfNMl8jwyZqMliXQWxhOCmQ5MQO%252FWd93rvCB%252BaiGq',
    ])
  })

  for (const [answer, confirmed] of [
    ['true', true],
    [' \r\ntrue\n', true],
    ['false', false],
    ['invalid', false],
    ['True', false],
    ['untrue', false],
    ['true false', false],
    ['', false],
  ] as const) {
    it(`BTN-12: takes ${JSON.stringify(answer)} for ${confirmed}`, async () => {
      const { gateway, ask, outcomes } = await verification()
      gateway.answer((_request, response) => void response.end(answer))
      expect(await ask()).toBe(confirmed)
      expect(outcomes).toEqual([confirmed ? 'confirmed' : 'denied'])
    })
  }

  it('BTN-12: takes neither an error page, nor a redirect, nor half an answer, nor a long one for an answer', async () => {
    const { gateway, ask, outcomes } = await verification({ timeoutMs: 1000 })
    const behaviours: Parameters<GatewayStandIn['answer']>[0][] = [
      (_request, response) => void response.writeHead(500).end('true'),
      (_request, response) => void response.writeHead(302, { location: '/other' }).end('true'),
      (_request, response) => void response.writeHead(201).end('true'),
      (_request, response) => void response.writeHead(200, { 'content-length': '10' }).write('true'),
      (_request, response) => void response.end(`true${' '.repeat(2000)}`),
      (request) => void request.socket.destroy(),
      () => {},
    ]
    for (const behave of behaviours) {
      gateway.answer(behave)
      await expect(ask()).rejects.toEqual(unavailable)
    }
    expect(outcomes).toEqual(behaviours.map(() => 'no-answer'))
    expect(gateway.asked).toHaveLength(behaviours.length)
    gateway.answer((_request, response) => void response.end('true'))
    expect(await ask()).toBe(true)
  })

  it('asks no more after several questions without an answer, then tries one', async () => {
    const { gateway, ask } = await verification({ breakerFailures: 3, breakerOpenMs: 1500 })
    gateway.answer((request) => void request.socket.destroy())
    for (let question = 0; question < 10; question++) await expect(ask()).rejects.toEqual(unavailable)
    expect(gateway.asked).toHaveLength(3)
    gateway.answer((_request, response) => void response.end('true'))
    await expect(ask()).rejects.toEqual(unavailable)
    await sleep(1600)
    expect(await ask()).toBe(true)
    expect(await ask()).toBe(true)
    expect(gateway.asked).toHaveLength(5)
  })

  it('a `false` is an answer: it never stops the asking', async () => {
    const { gateway, ask } = await verification({ breakerFailures: 2 })
    gateway.answer((_request, response) => void response.end('false'))
    for (let question = 0; question < 10; question++) expect(await ask()).toBe(false)
    expect(gateway.asked).toHaveLength(10)
  })

  it('asks no more at a time than it may', async () => {
    const { gateway, ask } = await verification({ connections: 4 })
    let underWay = 0
    let most = 0
    gateway.answer((_request, response) => {
      underWay += 1
      most = Math.max(most, underWay)
      setTimeout(() => {
        underWay -= 1
        response.end('true')
      }, 5)
    })
    expect(await Promise.all(Array.from({ length: 40 }, () => ask()))).toEqual(Array(40).fill(true))
    expect(most).toBe(4)
  })

  it('MAPI-2: keeps a connection for its life only, so that a changed address is followed', async () => {
    const { gateway, ask } = await verification({ connections: 1, connectionLifeMs: 1000 })
    for (let question = 0; question < 3; question++) await ask()
    expect(gateway.connections()).toBe(1)
    await sleep(1100)
    for (let question = 0; question < 3; question++) await ask()
    expect(gateway.connections()).toBe(2)
  })
})
