import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A connection of which a test writes and reads every byte itself. */
export interface RawConnection {
  readonly socket: Socket
  write(bytes: string | Buffer): void
  /** Everything that came, once the other side has closed. A reset counts as an end. */
  readonly received: Promise<string>
  /** What has come so far. */
  soFar(): string
}

export async function rawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => {})
  const soFar = () => Buffer.concat(chunks).toString('latin1')
  const received = new Promise<string>((resolve) => socket.on('close', () => resolve(soFar())))
  onTestFinished(() => void socket.destroy())
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return { socket, write: (bytes) => void socket.write(bytes), received, soFar }
}

/** A request as bytes; header values are Latin-1. */
export function rawRequest(path: string, body: Buffer, headers: Record<string, string> = {}): Buffer {
  const lines = Object.entries({ Host: 'merchant.test', 'Content-Length': String(body.length), ...headers })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n`, 'latin1'), body])
}
