import type { ServiceName, System } from './system.ts'

const WITH_A_CLOCK: readonly ServiceName[] = ['signer', 'gateway-egress', 'reconciler']

/**
 * Sets the clocks of signer, egress, reconciler and sandbox: each service is stopped and started again with another
 * CLOCK_SHIFT, in milliseconds, chosen when all of them stand still.
 * @returns the shift.
 */
export async function moveClock(
  system: System,
  choose: (now: number) => number,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const running = WITH_A_CLOCK.flatMap((service) => system.services[service])
  await Promise.all(running.map((process) => process.stop(20_000)))
  const shift = choose(Date.now())
  await system.gateway.control({ action: 'clock', clockShiftMs: shift })
  await Promise.all(WITH_A_CLOCK.map((service) => system.add(service, { ...env, CLOCK_SHIFT: `${shift}ms` })))
  return shift
}
