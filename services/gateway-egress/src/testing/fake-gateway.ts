import type { BrokenCode, Gateway, GatewayCall, GatewayReply } from '../gateway/gateway.ts'

/**
 * What a test lets the gateway answer to a batch number, or to the id of a service request; `count` counts its
 * requests from 1.
 */
export type Answering = (id: string, count: number) => GatewayReply | Promise<GatewayReply>

/** Alipay's gateway as a function, with a book of what arrived. */
export class FakeGateway implements Gateway {
  answering: Answering = () => accepted
  /** Until then a connection is made. */
  connecting: Promise<void> | undefined
  /** Batch numbers and ids of service requests in the order in which their requests arrived. */
  readonly arrived: string[] = []
  readonly bodies: Buffer[] = []
  /** The most requests of one batch number that were under way at once. */
  mostOfOne = 0
  mostAtOnce = 0
  readonly #underWay = new Map<string, number>()
  #total = 0

  async post({ body, mayGo }: GatewayCall, signal: AbortSignal): Promise<GatewayReply> {
    if (this.connecting) await this.connecting
    if (!mayGo()) return broken('HELD_BACK')
    const form = new URLSearchParams(body.toString())
    // A service request's id is its signature here.
    const batchNo = form.get('batch_no') ?? form.get('sign') ?? ''
    this.arrived.push(batchNo)
    this.bodies.push(body)
    const now = (this.#underWay.get(batchNo) ?? 0) + 1
    this.#underWay.set(batchNo, now)
    this.#total++
    this.mostOfOne = Math.max(this.mostOfOne, now)
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#total)
    try {
      const cut = new Promise<GatewayReply>((resolve) => {
        signal.addEventListener('abort', () => resolve(broken('NO_ANSWER')), { once: true })
      })
      return await Promise.race([this.answering(batchNo, this.count(batchNo)), cut])
    } finally {
      this.#underWay.set(batchNo, (this.#underWay.get(batchNo) ?? 1) - 1)
      this.#total--
    }
  }

  /** How many requests of the batch number arrived. */
  count(batchNo: string): number {
    return this.arrived.filter((arrived) => arrived === batchNo).length
  }
}

function answered(xml: string): GatewayReply {
  const body = Buffer.from(`<?xml version="1.0" encoding="GBK"?><alipay>${xml}</alipay>`)
  return { kind: 'answered', status: 200, contentType: 'text/xml', body, cut: false }
}

export const accepted = answered('<is_success>T</is_success><error>SUCCESS</error>')

export function refused(code: string): GatewayReply {
  return answered(`<is_success>F</is_success><error>${code}</error>`)
}

export function broken(code: BrokenCode): GatewayReply {
  return { kind: 'broken', code, status: null, body: null }
}

/** A reply that comes when the test says so. */
export function later(): { reply: Promise<GatewayReply>; answer: (reply: GatewayReply) => void } {
  const { promise, resolve } = Promise.withResolvers<GatewayReply>()
  return { reply: promise, answer: resolve }
}

/** What comes for `bptb_refund_file`. */
export function file(body: Buffer, contentType = 'application/octet-stream;charset=iso-8859-1'): GatewayReply {
  return { kind: 'answered', status: 200, contentType, body, cut: false }
}
