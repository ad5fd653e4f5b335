import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { compileCache } from '@payout/runtime/service/compile-cache'

const program = fileURLToPath(new URL('./hold.ts', import.meta.url))
const POLL_MS = 100

function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket.destroy() !== undefined))
    socket.once('error', () => resolve(false))
  })
}

/**
 * Has another process, with a folder for temporary files, provide Kafka and Redis, kills that process with SIGKILL, and gives how many of the servers'
 * addresses were open before, and which are still open after `patience` milliseconds.
 */
export async function killProvider(way: 'docker' | 'processes', temporary: string, patience: number) {
  const env = { ...process.env, ...compileCache, TMPDIR: temporary }
  const child = spawn(process.execPath, [program, way], { stdio: ['ignore', 'pipe', 'inherit'], env })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const said: { brokers: string[]; redis: string } = JSON.parse(String(line))
  const addresses = [...said.brokers, new URL(said.redis).host]
  const open = async () => {
    const states = await Promise.all(addresses.map(isListening))
    return addresses.filter((_, index) => states[index])
  }
  const before = (await open()).length
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  const limit = performance.now() + patience
  let after = await open()
  while (after.length > 0 && performance.now() < limit) {
    await sleep(POLL_MS)
    after = await open()
  }
  return { before, after }
}
