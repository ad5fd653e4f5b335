/**
 * Services that run in the process of the tests: the services' own code from `process.ts` on, without a process each.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Program } from '@payout/demo/system/supervisor'
import { runEgress } from '@payout/gateway-egress/process'
import { runIngress } from '@payout/gateway-ingress/process'
import { runReconciler } from '@payout/reconciler/process'
import type { Connections } from '@payout/runtime/service/connections'
import type { ServiceHost } from '@payout/runtime/service/host'
import { runSigner } from '@payout/signer/process'

/** What a service works with in place of what it is connected to. */
export type Ports = (connections: Connections) => Connections

const RUN = {
  signer: (host: ServiceHost, ports?: Ports) => runSigner(ports, host),
  'gateway-egress': (host: ServiceHost, ports?: Ports) => runEgress(ports, host),
  'gateway-ingress': (host: ServiceHost) => runIngress(host),
  reconciler: (host: ServiceHost, ports?: Ports) => runReconciler(ports, host),
} as const
export type ServiceName = keyof typeof RUN

/** What tests do with a service, whether it is a process of its own or runs in this one. */
export interface ServiceRun {
  readonly program: Program
  /** Undefined where it is no process of its own: it can be stopped, and can't be killed. */
  readonly pid: number | undefined
  /** Asks it to stop, and waits; true when it went by itself within the time. */
  stop(graceMs: number): Promise<boolean>
}

const BACK_OFF_MS = 100

/** One service, started again when it ends by itself with an error, as a supervisor does it. */
export class HostedService implements ServiceRun {
  readonly program: Program
  readonly pid = undefined
  readonly #service: ServiceName
  readonly #ports: Ports | undefined
  #stop: ((why: string) => void) | undefined
  #ended: Promise<number> = Promise.resolve(0)
  #isStopping = false

  constructor(service: ServiceName, program: Program, ports?: Ports) {
    this.#service = service
    this.program = program
    this.#ports = ports
  }

  /** Waits until it is ready. @throws Error with what it has said, when it ends before */
  async start(): Promise<void> {
    const { promise: ended, resolve: end } = Promise.withResolvers<number>()
    const { promise: ready, resolve: tellReady } = Promise.withResolvers<'ready'>()
    const log = openSync(this.program.log, 'a', 0o600)
    const said: string[] = []
    let isOpen = true
    const write = (line: string) => {
      // What still runs out may still have something to say.
      if (!isOpen) return
      said.push(line)
      writeSync(log, line)
      if (this.program.isReady(line)) tellReady('ready')
    }
    this.#ended = ended.finally(() => {
      isOpen = false
      this.#stop = undefined
      closeSync(log)
    })
    const host: ServiceHost = {
      env: this.program.env,
      output: { write },
      complain: (message) => write(`${message}\n`),
      onStop: (stop) => {
        this.#stop = stop
      },
      onParentEnd: () => undefined,
      onReload: () => undefined,
      // The test run itself fails by what nobody has caught.
      onUncaught: () => undefined,
      exit: (code, release) =>
        void release().then(
          () => end(code),
          () => end(code),
        ),
    }
    await RUN[this.#service](host, this.#ports)
    const code = await Promise.race([ready, this.#ended])
    if (code !== 'ready') throw new Error(`${this.program.name} ended with ${code}:\n${said.slice(-12).join('')}`)
    void this.#ended.then((exitCode) => this.#onEnd(exitCode))
  }

  async stop(graceMs: number): Promise<boolean> {
    if (!this.#isStopping) this.#stop?.('test')
    this.#isStopping = true
    const late = new AbortController()
    const limit = sleep(graceMs, 'late' as const, { signal: late.signal }).catch(() => 'late' as const)
    const result = await Promise.race([this.#ended, limit])
    late.abort()
    return result !== 'late'
  }

  async #onEnd(code: number): Promise<void> {
    while (!this.#isStopping && code === 1) {
      await sleep(BACK_OFF_MS)
      const again = await this.start().then(
        () => true,
        () => false,
      )
      if (again) return
    }
  }
}
