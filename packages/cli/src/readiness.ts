import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailedError } from './errors.ts'
import { type ServiceName, serviceNames } from './programs.ts'

const POLL_MS = 50
const LIMIT_MS = 60_000

/**
 * Waits until every service answers `/health/ready` with 200: it has its lanes, and Kafka and Redis answer.
 * @throws CommandFailedError after a minute, with what the services say is missing
 */
export async function untilReady(ports: Readonly<Record<ServiceName, number>>, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + LIMIT_MS
  for (;;) {
    signal.throwIfAborted()
    const answers = await Promise.all(serviceNames.map(async (name) => ({ name, missing: await missing(ports[name]) })))
    const waiting = answers.filter((answer) => answer.missing !== undefined)
    if (waiting.length === 0) return
    if (performance.now() > limit) {
      const words = waiting.map(({ name, missing: what }) => `\n  ${name}: ${what}`)
      throw new CommandFailedError(`after ${LIMIT_MS / 1000} s not every service is ready:${words.join('')}`)
    }
    await sleep(POLL_MS)
  }
}

/** What keeps a service from being ready, in its own words; undefined when nothing does. */
async function missing(port: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`)
    return answer.ok ? undefined : await answer.text()
  } catch (error) {
    return `does not answer (${error instanceof Error ? error.message : String(error)})`
  }
}
