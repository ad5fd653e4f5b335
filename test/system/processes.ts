import { isReady } from './admin.ts'
import type { ServiceRun } from './hosted-service.ts'
import type { ServiceName, System } from './system.ts'
import { until } from './until.ts'

/** The run of a service that was started last. */
export function current(system: System, service: ServiceName): ServiceRun {
  const run = system.services[service].at(-1)
  if (run === undefined) throw new Error(`there is no ${service}`)
  return run
}

/** Stops a service, and starts it again with other settings. */
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
  for (const { one, pid } of victims) {
    if (pid === undefined) throw new Error(`${one.program.name} is no process of its own`)
    process.kill(pid, 'SIGKILL')
  }
  for (const { one, pid } of victims)
    await until(async () => one.pid !== pid && (await isReady(one)), `${one.program.name} runs again`)
}
