import type { Registry } from 'prom-client'
import type * as z from 'zod'
import { type AdminServer, adminServer } from './admin-server.ts'
import { type Clock, systemClock } from './clock.ts'
import { type ConfigSchema, loadConfig } from './config.ts'
import { CONFIGURATION_EXIT_CODE, ConfigurationError, type ConfigurationFault } from './config-error.ts'
import type { ServiceSettings } from './config-service.ts'
import type { HealthCheck } from './health.ts'
import { type Logger, logger } from './logging.ts'
import { loadPartners, type PartnerKeys, Partners } from './partners.ts'
import { RedisUnfitError } from './redis/errors.ts'
import { watchParent, withinLimit } from './shutdown.ts'

/** What a service is started with. */
export interface ServiceContext<C> {
  readonly config: C
  /** From PARTNERS_FILE; empty for a service that asked for none. */
  readonly partners: Partners
  readonly logger: Logger
  readonly clock: Clock
  /** Aborted at the first signal: a start that waits for Kafka or Redis need not go on. */
  readonly stopping: AbortSignal
  /** Ends the process with code 1, for its supervisor to start it anew: a consumer that won't come back, for example. */
  readonly fatal: (error: unknown) => void
}

/** A service that runs. */
export interface RunningService {
  /** What must be there for `/health/ready`, by name. */
  readonly checks: Readonly<Record<string, HealthCheck>>
  /** Takes nothing new, finishes or hands back what is in flight, closes its connections. Called once. */
  stop(): Promise<void>
  /** More for the line that says "ready": addresses that it listens on. */
  readonly details?: Readonly<Record<string, string>>
}

/** A service, as its `main.ts` hands it over. */
export interface Service<C extends ServiceSettings> {
  readonly name: string
  /** Made by `serviceSchema`, with `serviceFields` among its fields, and with `partnersFields` where `partnerKeys` is given. */
  readonly schema: ConfigSchema & z.ZodType<C>
  /** Reads the partners file with these keys of each partner. */
  readonly partnerKeys?: PartnerKeys
  readonly registry: Registry
  readonly start: (context: ServiceContext<C>) => Promise<RunningService>
}

/**
 * The shell of every service's process: settings, logs, health and metrics, signals. It never returns to do anything else.
 *
 * The process ends with code 0 after a stop, 1 after an error or a stop that took too long, 78 when the configuration is wrong. On SIGTERM
 * or SIGINT:
 * 1. `/health/ready` answers 503, so that nobody sends anything more; `/health/live` and `/metrics` still answer.
 * 2. The service stops: it finishes or hands back what is in flight, within SHUTDOWN_LIMIT.
 * 3. The admin server closes.
 * 4. The process exits.
 *
 * A second signal ends it at once. So does an error that nobody caught: at the next start everything goes on from what was committed.
 */
export async function runService<C extends ServiceSettings>(service: Service<C>): Promise<void> {
  const settings = readSettings(service)
  if (settings instanceof ConfigurationError) {
    console.error(settings.message)
    process.exit(CONFIGURATION_EXIT_CODE)
  }
  const { config, partners } = settings
  const log = logger(service.name, config.LOG_LEVEL)
  const fatal = (error: unknown) => {
    log.fatal({ err: error }, 'the process ends')
    const isConfiguration = error instanceof ConfigurationError || error instanceof RedisUnfitError
    process.exit(isConfiguration ? CONFIGURATION_EXIT_CODE : 1)
  }
  // A rejection that nobody handles arrives here too.
  process.on('uncaughtException', fatal)

  const stopping = new AbortController()
  const starting: Readonly<Record<string, HealthCheck>> = { service: () => 'starting' }
  let checks = starting
  const { ADMIN_HOST: host, ADMIN_PORT: port, CLOCK_SHIFT: shift } = config
  const admin = await adminServer({ host, port, registry: service.registry, checks: () => checks })
  const clock = systemClock(shift)
  const running = service.start({ config, partners, logger: log, clock, stopping: stopping.signal, fatal })

  const stop = async (why: string) => {
    if (stopping.signal.aborted) {
      log.warn({ why }, 'asked to stop a second time: ends at once')
      process.exit(1)
    }
    log.info({ why }, 'stops')
    checks = { service: () => 'stopping' }
    stopping.abort()
    await end(running, admin, config.SHUTDOWN_LIMIT)
    log.info('stopped')
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal).catch(fatal))
  if (config.EXIT_WITH_PARENT) watchParent(() => stop('the parent process has ended').catch(fatal))

  try {
    const { checks: own, details } = await running
    if (stopping.signal.aborted) return
    checks = own
    // At any LOG_LEVEL: with port 0 this line is the only place where the port is told.
    log.child({}, { level: 'info' }).info({ admin: admin.url, ...details }, 'ready')
  } catch (error) {
    if (!stopping.signal.aborted) fatal(error)
  }
}

async function end(running: Promise<RunningService>, admin: AdminServer, limitMs: number): Promise<void> {
  await withinLimit(stopStarted(running), limitMs)
  await admin.close()
}

/** A start that failed because of the stop leaves nothing to stop. */
async function stopStarted(running: Promise<RunningService>): Promise<void> {
  const [result] = await Promise.allSettled([running])
  if (result.status === 'fulfilled') await result.value.stop()
}

/** Settings and partners file together, so that the faults of both are told at once. */
function readSettings<C extends ServiceSettings>(
  service: Service<C>,
): { readonly config: C; readonly partners: Partners } | ConfigurationError {
  const faults: ConfigurationFault[] = []
  const collect = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      faults.push(...error.faults)
      return undefined
    }
  }
  const config = collect((): C => loadConfig(service.schema))
  const { PARTNERS_FILE: path, MODE: mode } = process.env
  const { partnerKeys: need } = service
  const partners =
    need !== undefined && path
      ? collect(() => loadPartners(path, { mode: mode === 'sandbox' ? mode : 'production', need }))
      : new Partners([])
  return config && partners && faults.length === 0 ? { config, partners } : new ConfigurationError(faults)
}
