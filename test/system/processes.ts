import type { Supervisor } from '@payout/cli/supervisor'
import { isReady } from './admin.ts'
import { until } from './patience.ts'
import type { ServiceName, System } from './system.ts'

/** The process of a service that was started last. */
export function current(system: System, service: ServiceName): Supervisor {
  const process = system.services[service].at(-1)
  if (process === undefined) throw new Error(`there is no ${service}`)
  return process
}

/** Stops the process of a service, and starts another one with other settings. */
export async function replace(
  system: System,
  service: ServiceName,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await current(system, service).stop(20_000)
  await system.add(service, env)
}

/** Kills the processes of services with SIGKILL, and waits until they were started again and are ready. */
export async function killed(system: System, ...services: readonly ServiceName[]): Promise<void> {
  const victims = services.map((service) => current(system, service)).map((one) => ({ one, pid: one.pid }))
  for (const { pid } of victims) if (pid !== undefined) process.kill(pid, 'SIGKILL')
  for (const { one, pid } of victims)
    await until(async () => one.pid !== pid && (await isReady(one)), `${one.program.name} runs again`)
}
