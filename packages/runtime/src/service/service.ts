import type { Registry } from 'prom-client'
import type * as z from 'zod'
import { type Clock, systemClock } from '../clock.ts'
import { type ConfigSchema, loadConfig } from '../config/config.ts'
import { CONFIGURATION_EXIT_CODE, ConfigurationError, type ConfigurationFault } from '../config/error.ts'
import type { ServiceSettings } from '../config/service.ts'
import { type Logger, logger } from '../observability/logging.ts'
import { loadPartners, type PartnerKeys, Partners } from '../partners/partners.ts'
import { RedisUnfitError } from '../redis/errors.ts'
import { type AdminServer, adminServer } from './admin-server.ts'
import type { HealthCheck } from './health.ts'
import { processHost, type ServiceHost } from './host.ts'
import { withinLimit } from './shutdown.ts'
import { Start } from './start.ts'
import { StartWaits } from './start-waits.ts'

/** What a service is started with. */
export interface ServiceContext<C> {
  readonly config: C
  /** From PARTNERS_FILE; empty for a service that asked for none. */
  readonly partners: Partners
  readonly logger: Logger
  readonly clock: Clock
  /** Aborted at the first signal: a start that waits for Kafka or Redis need not go on. */
  readonly stopping: AbortSignal
  /** What the start waits for, so that a stop ends each wait and `/health/ready` shows it. */
  readonly waits: StartWaits
  /**
   * Has `close` called where the start fails, or is given up because of a stop: a service that runs closes what it
   * has opened by itself.
   */
  readonly opened: (close: () => Promise<void>) => void
  /**
   * Ends the process with code 1, for its supervisor to start it anew: a consumer that won't come back, for example.
   */
  readonly fatal: (error: unknown) => void
  readonly host: ServiceHost
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
  /**
   * Made by `serviceSchema`, with `serviceFields` among its fields, and with `partnersFields` where `partnerKeys` is
   * given.
   */
  readonly schema: ConfigSchema & z.ZodType<C>
  /** Reads the partners file with these keys of each partner. */
  readonly partnerKeys?: PartnerKeys
  readonly registry: Registry
  readonly start: (context: ServiceContext<C>) => Promise<RunningService>
}

/**
 * The shell of every service's process: settings, logs, health and metrics, signals. It never returns to do anything
 * else.
 *
 * The process ends with code 0 after a stop, 1 after an error or a stop that took too long, 78 when the configuration
 * is wrong. On SIGTERM or SIGINT, which are heard from the first moment on:
 * 1. `/health/ready` answers 503, so that nobody sends anything more; `/health/live` and `/metrics` still answer.
 * 2. The service stops: it finishes or hands back what is in flight, within SHUTDOWN_LIMIT. A start that is not over
 *    is given up at once.
 * 3. The admin server closes.
 * 4. The process exits.
 *
 * A second signal ends it at once. So does an error that nobody caught: at the next start everything goes on from
 * what was committed.
 *
 * @param host what it runs in, where that is not a process of its own
 */
export async function runService<C extends ServiceSettings>(
  service: Service<C>,
  host: ServiceHost = processHost,
): Promise<void> {
  const settings = readSettings(service, host.env)
  if (settings instanceof ConfigurationError) {
    host.complain(settings.message)
    host.exit(CONFIGURATION_EXIT_CODE, async () => undefined)
    return
  }
  const { config, partners } = settings
  const log = logger(service.name, config.LOG_LEVEL, host.output)
  const stopping = new AbortController()
  const waits = new StartWaits(log, stopping.signal)
  const starting = () => (waits.words === undefined ? 'starting' : `starting: ${waits.words}`)
  let checks: Readonly<Record<string, HealthCheck>> = { service: starting }
  const start = new Start<RunningService>()
  let admin: AdminServer | undefined
  let ended: Promise<void> | undefined
  const release = () => {
    ended ??= withinLimit(start.end(), config.SHUTDOWN_LIMIT).finally(() => admin?.close())
    return ended
  }
  const fatal = (error: unknown) => {
    log.fatal({ err: error }, 'the process ends')
    const isConfiguration = error instanceof ConfigurationError || error instanceof RedisUnfitError
    host.exit(isConfiguration ? CONFIGURATION_EXIT_CODE : 1, release)
  }
  host.onUncaught(fatal)
  const stop = async (why: string) => {
    if (stopping.signal.aborted) {
      log.warn({ why }, 'asked to stop a second time: ends at once')
      return host.exit(1, async () => undefined)
    }
    log.info({ why }, 'stops')
    checks = { service: () => 'stopping' }
    stopping.abort()
    await release()
    log.info('stopped')
    host.exit(0, async () => undefined)
  }
  host.onStop((why) => void stop(why).catch(fatal))
  if (config.EXIT_WITH_PARENT) host.onParentEnd(() => void stop('the parent process has ended').catch(fatal))

  try {
    const { ADMIN_HOST, ADMIN_PORT: port, CLOCK_SHIFT: shift } = config
    admin = await adminServer({ host: ADMIN_HOST, port, registry: service.registry, checks: () => checks })
    if (stopping.signal.aborted) return await admin.close()
    const { checks: own, details } = await start.run((opened) =>
      service.start({
        config,
        partners,
        logger: log,
        clock: systemClock(shift),
        stopping: stopping.signal,
        waits,
        opened,
        fatal,
        host,
      }),
    )
    if (stopping.signal.aborted) return
    checks = own
    // At any LOG_LEVEL: with port 0 this line is the only place where the port is shown.
    log.child({}, { level: 'info' }).info({ admin: admin.url, ...details }, 'ready')
  } catch (error) {
    if (!stopping.signal.aborted) fatal(error)
  }
}

/** Settings and partners file together, so that the faults of both are reported at once. */
function readSettings<C extends ServiceSettings>(
  service: Service<C>,
  env: ServiceHost['env'],
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
  const config = collect((): C => loadConfig(service.schema, env))
  const { PARTNERS_FILE: path, MODE: mode } = env
  const { partnerKeys: need } = service
  const partners =
    need !== undefined && path
      ? collect(() => loadPartners(path, { mode: mode === 'sandbox' ? mode : 'production', need }))
      : new Partners([])
  return config && partners && faults.length === 0 ? { config, partners } : new ConfigurationError(faults)
}
