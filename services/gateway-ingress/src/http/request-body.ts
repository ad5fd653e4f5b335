import type { IncomingMessage } from 'node:http'
import type { Reservation } from './in-flight-bytes.ts'
import { RefusalError } from './refusal.ts'

export interface BodyLimits {
  readonly maxBytes: number
  /** For the whole body, from its first byte to its last, in milliseconds. */
  readonly timeoutMs: number
}

/**
 * Reads the body of a request, byte for byte. The bytes are taken from `reservation` as they come; the caller releases
 * it.
 * @throws RefusalError `too-large`, `too-slow`, `incomplete`, `overloaded`. The rest of the body is unread: close the
 *   connection.
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
      reservation.onSentAway(undefined)
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
    const onClose = () => fail(new RefusalError('incomplete', `the connection ended after ${length} bytes of the body`))
    const onTimeout = () =>
      fail(new RefusalError('too-slow', `the body did not come within ${limits.timeoutMs} milliseconds`))

    const timer = setTimeout(onTimeout, limits.timeoutMs)
    // `close` reports a connection that breaks; without a listener its `error` would end the process.
    request.on('error', () => {})
    reservation.onSentAway(fail)
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}
