/** Whether one thing a service needs is there: true, or in words what is wrong. */
export type HealthCheck = () => true | string | Promise<true | string>

/** What `/health/ready` answers. */
export interface HealthReport {
  readonly ready: boolean
  /** By name: `ok`, or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

/** A check that takes longer has failed: who asks has a limit of its own. */
const CHECK_LIMIT_MS = 1000

/** Asks all checks at once. One that throws, or doesn't answer in time, has failed. */
export async function askHealth(checks: Readonly<Record<string, HealthCheck>>): Promise<HealthReport> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await ask(check)] as const),
  )
  return { ready: entries.every(([, said]) => said === 'ok'), checks: Object.fromEntries(entries) }
}

async function ask(check: HealthCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${CHECK_LIMIT_MS} ms`), CHECK_LIMIT_MS)
  })
  try {
    const said = await Promise.race([(async () => check())(), late])
    return said === true ? 'ok' : said
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
