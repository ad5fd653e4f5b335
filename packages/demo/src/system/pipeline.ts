import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningSystem } from '@payout/cli/system/running-system'
import { CommandFailedError } from '@payout/cli/terminal/errors'
import type { Progress } from '@payout/cli/terminal/progress'
import { TopicsLateError } from '@payout/runtime/event-log/errors'
import { createTopics } from '@payout/runtime/event-log/kafkajs/admin/topic-admin'
import type { TopicPlan } from '@payout/runtime/event-log/topic-findings'
import { makeDemoPartners } from '@payout/sandbox/alipay/partners/sandbox-partners'
import { SandboxClient } from '@payout/sandbox/alipay/sandbox-client'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { notReadyIn, startLimitMs } from '@payout/sandbox/provision/start-limit'
import { MINUTE_MS } from '@payout/schemas/units'
import {
  environmentOf,
  PARTITIONS,
  type ServiceName,
  type SystemSettings,
  sandboxProgram,
  serviceNames,
  serviceProgram,
} from './programs.ts'
import { untilReady } from './readiness.ts'
import { firstPartner, notifyPortOf, type StandIn } from './stand-in.ts'
import { type Program, ProgramStartError, Supervisor, type SupervisorNote } from './supervisor.ts'

export interface PipelineOptions {
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Called when a process ends by itself, and when it is started again. */
  readonly note: (note: SupervisorNote) => void
  /** Where the logs go, and stay; a temporary folder without it. */
  readonly logs?: string | undefined
  /** Without it a sandbox of our own is started, with demo partners. */
  readonly standIn?: StandIn | undefined
  /** Without it one that nobody else has, so that no topic of somebody else's is touched. */
  readonly namespace?: string | undefined
  /** Partitions of every topic; `PARTITIONS` where it is not given. */
  readonly partitions?: number | undefined
  /** Settings of the services in place of their defaults; what the environment says wins over them. */
  readonly defaults?: Readonly<Record<string, string>>
}

const STOP_GRACE_MS = 15_000
/**
 * Services, Kafka and Redis are stopped one kind after the other; by then all has stopped, or never will. In
 * milliseconds.
 */
export const STOP_LIMIT_MS = MINUTE_MS
const PORT_TRIES = 3

/** Kafka, Redis, a stand-in for Alipay's side and the four services, started here and stopped together. */
export class Pipeline {
  readonly settings: SystemSettings
  /** Who is paid for where no partner is named. */
  readonly defaultPartner: string
  /** The other side's books; undefined where the stand-in is somebody else's. */
  readonly books: SandboxClient | undefined
  /** How Kafka and Redis were had, in words. */
  readonly how: Provisioned['how']
  readonly #started: StartedProcesses
  readonly #logs: string

  private constructor(
    started: StartedProcesses,
    provisioned: Provisioned,
    { settings, logs, hasBooks }: { settings: SystemSettings; logs: string; hasBooks: boolean },
  ) {
    this.#started = started
    this.#logs = logs
    this.settings = settings
    this.defaultPartner = firstPartner(settings.partnersFile)
    this.books = hasBooks ? new SandboxClient(settings.gatewayUrl) : undefined
    this.how = provisioned.how
  }

  /**
   * Starts everything and waits until every service is ready. What was started is stopped again when that fails.
   * @throws ProvisionError, ProgramStartError with the last lines of a log, ConfigurationError. When the signal aborts
   *   it throws its reason at
   *   once, and the process has to exit: with it ends what was started, or is just being started.
   */
  static async start(options: PipelineOptions): Promise<Pipeline> {
    const started = new StartedProcesses(options)
    const aborted = new Promise<never>((_, reject) => {
      options.signal.addEventListener('abort', () => reject(options.signal.reason), { once: true })
    })
    try {
      return await Promise.race([Pipeline.#start(options, started), aborted])
    } catch (error) {
      if (!options.signal.aborted) await started.end(0)
      throw error
    }
  }

  static async #start(options: PipelineOptions, started: StartedProcesses): Promise<Pipeline> {
    const { progress, signal, standIn } = options
    const limitMs = startLimitMs()
    const folder = await started.temporaryFolder()
    const logs = options.logs ?? folder
    await mkdir(logs, { recursive: true })
    progress.step('looking for Kafka and Redis')
    const provisioned = await started.provision((message) => progress.step(message), options.logs)
    signal.throwIfAborted()
    progress.done(`Kafka: ${provisioned.how.kafka}`)
    progress.done(`Redis: ${provisioned.how.redis}`)
    progress.step('creating topics')
    const base = {
      namespace: options.namespace ?? `demo-${randomBytes(4).toString('hex')}`,
      kafkaBrokers: provisioned.kafka.brokers.join(','),
      redisUrl: provisioned.redis.url,
      partitions: options.partitions ?? PARTITIONS,
    }
    await makeTopics(base, limitMs)
    const settings = await withOtherPorts(started, async () => {
      signal.throwIfAborted()
      const ingressPort = (standIn && notifyPortOf(standIn)) ?? (await freePort())
      const adminPorts = await freePorts()
      const other = standIn ?? (await startSandbox(started, { folder, logs, ingressPort, progress }))
      const settings = { ...base, ...other, ingressPort, adminPorts, evidenceFolder: join(folder, 'evidence') }
      progress.step(`starting ${serviceNames.join(', ')}`)
      const programs = serviceNames.map((name) => serviceProgram(name, settings, logs, options.defaults))
      await Promise.all(programs.map((program) => started.startProgram(program)))
      return settings
    })
    progress.step('waiting until every service has its lanes')
    await untilReady(settings.adminPorts, { limitMs, signal, logs })
    progress.done(`running: ${[...(standIn ? [] : ['sandbox']), ...serviceNames].join(', ')}`)
    return new Pipeline(started, provisioned, { settings, logs, hasBooks: standIn === undefined })
  }

  /** How often a process ended by itself and was started again. */
  get restarts(): number {
    return this.#started.supervisors.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** Starts one more process of a service, which shares its lanes, and waits until it is ready. */
  async addProcess(name: Exclude<ServiceName, 'gateway-ingress'>): Promise<void> {
    const port = await freePort()
    const adminPorts = { ...this.settings.adminPorts, [name]: port }
    await this.#started.startProgram(serviceProgram(name, { ...this.settings, adminPorts }, this.#logs))
  }

  /** The system as the commands see it. */
  system(): RunningSystem {
    return new RunningSystem({ ...process.env, REDIS_SENTINELS: undefined, ...environmentOf(this.settings) })
  }

  /**
   * Stops the services in order, so that nothing is in flight any more; Kafka, Redis and the books can still be read.
   * @throws CommandFailedError when one had to be killed
   */
  async stopServices(): Promise<void> {
    const services: readonly string[] = serviceNames
    const ours = this.#started.supervisors.filter(({ program }) => services.includes(program.name))
    const inOrder = await Promise.all(ours.map((service) => service.stop(STOP_GRACE_MS)))
    const killed = ours.filter((_, index) => !inOrder[index]).map(({ program }) => program.name)
    if (killed.length > 0) {
      throw new CommandFailedError(
        `${killed.join(', ')} did not stop within ${STOP_GRACE_MS / 1000} s and had to be killed`,
      )
    }
  }

  /** Stops everything that was started; nothing of it is left. */
  stop(): Promise<void> {
    return this.#started.end(STOP_GRACE_MS)
  }
}

/** What was started, to be ended together. */
class StartedProcesses {
  supervisors: Supervisor[] = []
  readonly #lifeline = new Lifeline()
  readonly #note: PipelineOptions['note']
  #provisioned: Provisioned | undefined

  constructor({ note }: PipelineOptions) {
    this.#note = note
  }

  /** Readable by this user only, since keys lie in it; gone when this process is, however it ends. */
  async temporaryFolder(): Promise<string> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'payout-pipeline-')))
    this.#lifeline.removeFolder(folder)
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    // Kafka, Redis and whatever else makes temporary files do so in here: one folder is sure to be removed.
    process.env.TMPDIR = folder
    return folder
  }

  async provision(progress: (message: string) => void, logs: string | undefined): Promise<Provisioned> {
    this.#provisioned = await provision({ progress, logs })
    return this.#provisioned
  }

  async startProgram(program: Program): Promise<string> {
    const supervisor = new Supervisor(program, { lifeline: this.#lifeline, note: this.#note })
    this.supervisors.push(supervisor)
    return supervisor.start()
  }

  async endPrograms(graceMs: number): Promise<void> {
    await Promise.all(this.supervisors.map((supervisor) => supervisor.stop(graceMs)))
    this.supervisors = []
  }

  async end(graceMs: number): Promise<void> {
    await this.endPrograms(graceMs)
    await this.#lifeline.cut()
    await this.#provisioned?.stop()
  }
}

/**
 * Makes the topics of a system that is started here.
 * @param limitMs how long it may take until they can be used
 * @throws CommandFailedError when it takes longer; ConfigurationError, LogUnavailableError
 */
async function makeTopics(
  base: Pick<SystemSettings, 'namespace' | 'kafkaBrokers' | 'redisUrl' | 'partitions'>,
  limitMs: number,
): Promise<void> {
  const system = new RunningSystem({ ...process.env, ...environmentOf({ ...base, partnersFile: '' }) })
  const plan: TopicPlan = {
    namespace: base.namespace,
    mode: 'sandbox',
    lanes: base.partitions,
    keyPartitions: base.partitions,
    replicationFactor: 1,
    minInsyncReplicas: 1,
  }
  try {
    await createTopics(system.kafka(), plan, limitMs)
  } catch (error) {
    if (!(error instanceof TopicsLateError)) throw error
    throw new CommandFailedError(`the topics were ${notReadyIn(limitMs)}`, { cause: error })
  }
}

/** Starts the sandbox with partners of its own; gives what the services have to know of it. */
async function startSandbox(
  started: StartedProcesses,
  { folder, logs, ingressPort, progress }: { folder: string; logs: string; ingressPort: number; progress: Progress },
): Promise<StandIn> {
  progress.step('making demo partners and their keys')
  const { merchantFile, sandboxFile } = await makeDemoPartners({
    folder: join(folder, 'partners'),
    notifyUrl: (alias) => `http://127.0.0.1:${ingressPort}/notify/${alias}`,
  })
  progress.step("starting the sandbox, a stand-in for Alipay's side")
  const port = await freePort()
  await started.startProgram(
    sandboxProgram({ partnersFile: sandboxFile, stateFile: join(folder, 'books.jsonl'), port }, logs),
  )
  return { gatewayUrl: `http://127.0.0.1:${port}/gateway.do`, partnersFile: merchantFile }
}

async function freePorts(): Promise<Record<ServiceName, number>> {
  return {
    'gateway-ingress': await freePort(),
    signer: await freePort(),
    'gateway-egress': await freePort(),
    reconciler: await freePort(),
  }
}

/** A port that was free when it was chosen may be taken when it is used: then all is started anew, with others. */
async function withOtherPorts<T>(started: StartedProcesses, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isTaken = error instanceof ProgramStartError && error.message.includes('EADDRINUSE')
      if (!isTaken || attempt === PORT_TRIES) throw error
      await started.endPrograms(0)
    }
  }
}
