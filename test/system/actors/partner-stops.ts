/** People who stop partners and let them go on, as `npm run partner` does it. */
import { letPartnerGo, readSwitches, stopPartner as stop } from '@payout/cli/write/partner-switches'
import type { StandingSwitch } from '@payout/runtime/switches/switch-board'
import { Codec } from '@payout/schemas/codec'
import { metricOf } from '../admin.ts'
import type { System } from '../system.ts'
import { until } from '../until.ts'

const codec = new Codec()
const clock = { now: () => Date.now() }

/** Stops a partner, and waits until every egress goes by it. */
export async function stopPartner(system: System, alias: string, why = 'a test'): Promise<void> {
  await stop(system.log, codec, alias, { by: 'Li', why }, clock)
  await Promise.all(
    system.services['gateway-egress'].map((egress) =>
      until(
        async () => (await metricOf(egress, 'switches_stopped', `partner="${alias}"`)) === 1,
        `${egress.program.name} knows that ${alias} is stopped`,
      ),
    ),
  )
}

/** Lets a partner go on, whoever stopped it; gives what was taken back. */
export function letGo(system: System, alias: string): Promise<readonly StandingSwitch[]> {
  return letPartnerGo(system.log, codec, alias, { by: 'Wang', why: 'it was seen to' }, clock)
}

/** The stops of a partner that are in force: `automatic ILLEGAL_SIGN`, `person a test`. */
export async function stopsOf(system: System, alias: string): Promise<string[]> {
  return (await readSwitches(system.log, codec))
    .stopsOf(alias, clock.now())
    .map((each) => (each.kind === 'readable' ? `${each.value.origin} ${each.value.why}` : 'unreadable'))
}
