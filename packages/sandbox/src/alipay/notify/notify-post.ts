import http from 'node:http'
import https from 'node:https'
import { KIB } from '@payout/schemas/units'

/** What a merchant answered to a notify; `status` 0 with the reason in `body` when there was no answer. */
export interface MerchantAnswer {
  readonly status: number
  readonly body: string
}

/** The seven characters, status 200, and nothing else (batch_trans_notify_no_pwd 1.3 §7.2, BTN-13). */
export function isAcknowledged(answer: MerchantAnswer): boolean {
  return answer.status === 200 && answer.body === 'success'
}

export interface NotifyPostOptions {
  /** Connections at once. */
  readonly connections: number
  /** How long the merchant may take; milliseconds. */
  readonly timeoutMs: number
  /** PEM of the authority that signed the certificate of an https notify address. */
  readonly ca?: string | undefined
}

/** Sends bodies to merchants over connections that are kept open. Follows no redirect. */
export class NotifyPost {
  readonly #http: http.Agent
  readonly #https: https.Agent
  readonly #timeoutMs: number

  constructor({ connections, timeoutMs, ca }: NotifyPostOptions) {
    this.#http = new http.Agent({ keepAlive: true, maxSockets: connections })
    this.#https = new https.Agent({ keepAlive: true, maxSockets: connections, ...(ca === undefined ? {} : { ca }) })
    this.#timeoutMs = timeoutMs
  }

  /**
   * Never throws: what goes wrong is an answer with status 0.
   *
   * @param hangUp close the connection as soon as the merchant begins to answer, and count that as no answer
   */
  async send(url: string, contentType: string, body: string | Buffer, hangUp = false): Promise<MerchantAnswer> {
    // Connections that were kept open may have been closed by the other side just now: then nobody has read the body.
    const first = await this.#sendOnce(url, contentType, body, hangUp)
    const { status, body: text } = first.stale ? await this.#sendOnce(url, contentType, body, hangUp) : first
    return { status, body: text }
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  #sendOnce(
    url: string,
    contentType: string,
    body: string | Buffer,
    hangUp: boolean,
  ): Promise<MerchantAnswer & { stale: boolean }> {
    const { promise, resolve } = Promise.withResolvers<MerchantAnswer & { stale: boolean }>()
    try {
      const fail = (error: NodeJS.ErrnoException, reused: boolean) =>
        resolve({ status: 0, body: error.message, stale: reused && error.code === 'ECONNRESET' })
      const secure = url.startsWith('https:')
      const options = {
        method: 'POST',
        agent: secure ? this.#https : this.#http,
        timeout: this.#timeoutMs,
        headers: {
          'content-type': contentType,
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Mozilla/4.0',
        },
      }
      const request = secure ? https.request(url, options) : http.request(url, options)
      request.on('error', (error: NodeJS.ErrnoException) => fail(error, request.reusedSocket))
      request.on('timeout', () => request.destroy(new Error('the merchant did not answer in time')))
      request.on('response', (response) => {
        if (hangUp) {
          request.destroy()
          resolve({ status: 0, body: 'hung up', stale: false })
          return
        }
        readShort(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, body: text, stale: false }),
          (error: Error) => fail(error, false),
        )
      })
      request.end(body)
    } catch (error) {
      // An address that is no address.
      resolve({ status: 0, body: String(error), stale: false })
    }
    return promise
  }
}

const LONGEST_ANSWER = 64 * KIB

async function readShort(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_ANSWER) throw new Error('the merchant answered with more than 64 KiB')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('latin1')
}
