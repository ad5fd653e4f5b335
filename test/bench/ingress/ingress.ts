import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { signForm } from '@payout/mapi/signature/signed-form'
import { contentTypeOf, notifyParameters } from '@payout/sandbox/alipay/notify/notify-form'
import type { SandboxPartner } from '@payout/sandbox/alipay/partners/sandbox-partner'
import type { Bench, Figure } from '../figure.ts'
import { numberWords } from '../page/figure-words.ts'
import { spread } from '../page/spread.ts'
import { type NotifyServer, withIngressServers } from './servers.ts'

/** Notifies under way at a time. */
const AT_ONCE = 64
const BARE = 'bare fastify route'
const GOAL = { of: 'ratio', limit: 0.6, text: 'at least 0.6 of the bare route' } as const

/** The kinds of notifies, by the alias of the partner to whom they are sent. */
const kinds = [
  { id: 'rsa', alias: 'shop-rsa-gbk', words: 'signed by RSA-2048' },
  { id: 'md5', alias: 'shop-md5-utf8', words: 'signed by MD5' },
] as const

interface Portion {
  /** Notifies a second. */
  readonly rate: number
  /** µs of CPU of the server, a notify. */
  readonly cpu: number
}

/** What one kind has cost, a portion a round. */
interface Rounds {
  readonly fresh: Portion[]
  readonly known: Portion[]
  readonly bare: Portion[]
  readonly bareAgain: Portion[]
}

/** Notifies of one payout each, beside a route that does no more than it must. */
export const bench: Bench = {
  name: 'ingress',
  about:
    'Notifies of one payout each, from 64 connections. Ours is gateway-ingress as a process, which verifies the signature, looks in Redis whether the notify is stored, asks the gateway (`notify_verify`), and stores the notify in Kafka before it answers. The bare route is fastify alone: it reads the same form, makes the same outgoing request, and answers. A known notify is one that was stored before: ours answers it without asking, and the bare route asks. The gateway is a stand-in that confirms everything.',
  run: ({ rounds, short, log }) =>
    withIngressServers(log, async ({ ours, bare, partners }) => {
      const count = short ? 500 : 4_000
      const all = new Map<string, Rounds>()
      // The first round warms up, and does not count.
      for (let round = 0; round <= rounds; round++) {
        for (const { id, alias } of kinds) {
          const partner = partners.find((partner) => partner.alias === alias)
          if (partner === undefined) throw new RangeError(`no partner ${alias}`)
          const notifies = Array.from({ length: count }, () => notifyOf(partner))
          const found = all.get(id) ?? { fresh: [], known: [], bare: [], bareAgain: [] }
          if (round > 0) all.set(id, found)
          found.fresh.push(await send(notifies, ours, partner))
          found.bare.push(await send(notifies, bare, partner))
          found.known.push(await send(notifies, ours, partner))
          found.bareAgain.push(await send(notifies, bare, partner))
          log(`round ${round} ${id}: ${words(found.fresh)}; known: ${words(found.known)}; bare: ${words(found.bare)}`)
        }
      }
      return kinds.flatMap(({ id, words }) => {
        const found = all.get(id)
        if (found === undefined) return []
        return [
          ...figures(`ingress-${id}`, `a notify ${words}`, found.fresh, found.bare),
          ...figures(`ingress-${id}-known`, `a known notify ${words}`, found.known, found.bareAgain),
        ]
      })
    }),
}

function words(portions: readonly Portion[]): string {
  const [cpu, rate] = [portions.map(({ cpu }) => cpu), portions.map(({ rate }) => rate)]
  return `${numberWords(spread(cpu).median)} µs, ${numberWords(spread(rate).median)}/s`
}

function figures(id: string, of: string, ours: readonly Portion[], bare: readonly Portion[]): Figure[] {
  const figure = (key: 'cpu' | 'rate') => ({
    ours: ours.map((portion) => portion[key]),
    bare: { label: BARE, values: bare.map((portion) => portion[key]) },
    goal: GOAL,
  })
  return [
    { id: `${id}-cpu`, title: `CPU of ingress, ${of}`, unit: 'µs', better: 'lower', ...figure('cpu') },
    { id: `${id}-rate`, title: `Notifies a second, ${of}`, unit: '/s', better: 'higher', ...figure('rate') },
  ]
}

interface SignedNotify {
  readonly body: string
  readonly contentType: string
}

/** A notify of one payout that succeeded, under an id of its own. */
function notifyOf(partner: SandboxPartner): SignedNotify {
  const id = randomUUID().replaceAll('-', '')
  const content = {
    notifyId: id,
    batchNo: `20261129${id.slice(0, 20)}`,
    successDetails: `${id.slice(0, 20)}^user@example.com^杨建国^397.58^S^null^2026112900${id.slice(0, 8)}^20261129010203|`,
    failDetails: '',
    payUserName: '毛毛商店',
  }
  const { parameters, charset } = notifyParameters(partner, content, partner.charset, Date.now(), false)
  const { body } = signForm(parameters, partner.alipaySigningKey)
  return { body, contentType: contentTypeOf('charset', charset) }
}

/** Sends them all, and measures what the server did for it. @throws Error where one is refused */
async function send(
  notifies: readonly SignedNotify[],
  server: NotifyServer,
  { alias }: SandboxPartner,
): Promise<Portion> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const left = notifies.values()
  const url = server.notifyUrl(alias)
  const [cpuBefore, began] = [server.cpuSeconds(), performance.now()]
  const worker = async () => {
    for (const notify of left) {
      const answer = await post(url, notify, agent)
      if (answer !== '200 success') throw new Error(`${url} answered ${answer}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const seconds = (performance.now() - began) / 1000
  const cpu = ((server.cpuSeconds() - cpuBefore) * 1e6) / notifies.length
  agent.destroy()
  return { rate: notifies.length / seconds, cpu }
}

function post(url: string, { body, contentType }: SignedNotify, agent: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }
  request(url, { method: 'POST', agent, headers }, (response) => {
    text(response).then((said) => resolve(`${response.statusCode} ${said}`), reject)
  })
    .on('error', reject)
    .end(body)
  return promise
}
