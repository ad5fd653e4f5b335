import type { IncomingMessage } from 'node:http'
import { topics } from '@payout/schemas/topics'
import type { Reservation } from './in-flight-bytes.ts'
import { RefusalError } from './refusal.ts'

/** What a record adds to the body that it carries: alias, ids, hash and content type (a header line is at most 16 KiB), CloudEvents headers, framing. */
const RECORD_OVERHEAD = 64 * 1024

/**
 * The largest body, in bytes as they come, percent-encoded: what fits into one record of `gateway.notifies` with its raw bytes, a
 * little under 4 MiB.
 *
 * A legal notify fits in any charset. Its longest line has 260 free characters and more (account 100, name 128; reason, by the longest
 * known, 64), at most 12 bytes each on the wire (four-byte UTF-8 or GB18030, each byte as `%XX`): 3,504; and 32 for the serial, 21 for
 * Alipay's, 14 for the time, 17 for the amount, 1 for S or F, 24 for seven `%5E` and one `%7C`: 3,613 bytes. A thousand of them are
 * 3,613,000; the other fields take less than 4,000.
 */
export const MAX_BODY_BYTES = topics['gateway.notifies'].maxMessageBytes - RECORD_OVERHEAD

export interface BodyLimits {
  readonly maxBytes: number
  /** For the whole body, from its first byte to its last, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Reads the body of a request, byte for byte. The bytes are taken from `reservation` as they come; the caller releases it.
 * @throws RefusalError `too-large`, `too-slow`, `incomplete`, `overloaded`. The rest of the body is unread: close the connection.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, reservation: Reservation): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new RefusalError('too-large', `the body has more than ${limits.maxBytes} bytes`)
    if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
      reject(tooLarge())
      return
    }
    const chunks: Buffer[] = []
    let length = 0

    const end = (settle: () => void) => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      reservation.sentAway.removeEventListener('abort', onSentAway)
      request.pause()
      settle()
    }
    const fail = (error: unknown) => end(() => reject(error))
    const onData = (chunk: Buffer) => {
      length += chunk.length
      if (length > limits.maxBytes) {
        fail(tooLarge())
        return
      }
      try {
        reservation.grow(chunk.length)
      } catch (error) {
        fail(error)
        return
      }
      chunks.push(chunk)
    }
    const onEnd = () => {
      reservation.whole()
      end(() => resolve(Buffer.concat(chunks, length)))
    }
    const onSentAway = () => fail(reservation.sentAway.reason)
    const onClose = () => fail(new RefusalError('incomplete', `the connection ended after ${length} bytes of the body`))
    const onTimeout = () =>
      fail(new RefusalError('too-slow', `the body did not come within ${limits.timeoutMs} milliseconds`))

    const timer = setTimeout(onTimeout, limits.timeoutMs)
    // A connection that breaks is told by `close`; without a listener its `error` would end the process.
    request.on('error', () => {})
    reservation.sentAway.addEventListener('abort', onSentAway)
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}
