import { setTimeout as sleep } from 'node:timers/promises'
import { CommandFailedError } from '@payout/cli/terminal/errors'
import { notReadyIn } from '@payout/sandbox/provision/start-limit'
import { logTail } from './log-tail.ts'
import { type ServiceName, serviceLog, serviceNames } from './programs.ts'

const POLL_MS = 200
/** Of each service that is not ready. */
const LOG_LINES = 6

export interface ReadinessOptions {
  /** How long it may take. */
  readonly limitMs: number
  readonly signal: AbortSignal
  /** The folder of the services' logs. */
  readonly logs: string
}

/**
 * Waits until every service answers `/health/ready` with 200: it has its lanes, and Kafka and Redis answer.
 * @throws CommandFailedError when that takes too long, with what the services say is missing and the last lines of
 *   their logs
 */
export async function untilReady(
  ports: Readonly<Record<ServiceName, number>>,
  { limitMs, signal, logs }: ReadinessOptions,
): Promise<void> {
  const limit = performance.now() + limitMs
  for (;;) {
    signal.throwIfAborted()
    const answers = await Promise.all(
      serviceNames.map(async (name) => ({ name, missing: await missing(ports[name], limitMs) })),
    )
    const waiting = answers.filter((answer) => answer.missing !== undefined)
    if (waiting.length === 0) return
    if (performance.now() > limit) {
      const words = waiting.map(({ name, missing: what }) =>
        [`\n  ${name}: ${what}; the last lines of its log:`, ...logTail(serviceLog(name, logs), LOG_LINES)].join(
          '\n    ',
        ),
      )
      throw new CommandFailedError(`some services were ${notReadyIn(limitMs)}${words.join('')}`)
    }
    await sleep(POLL_MS)
  }
}

/** What keeps a service from being ready, in its own words; undefined when nothing does. */
async function missing(port: number, limitMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(limitMs) })
    return answer.ok ? undefined : await answer.text()
  } catch (error) {
    return `does not answer (${error instanceof Error ? error.message : String(error)})`
  }
}
