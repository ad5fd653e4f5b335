import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import type { OutgoingRecord } from '../event-log/port.ts'
import { isPartnerAlias } from '../partners/partner-alias.ts'

/** Records that say whether money may move. One partition: their order counts. */
export const SWITCHES = 'gateway.switches'

/** Whose switch it is. */
export type SwitchOrigin = GatewaySwitch['origin']

export const SWITCH_ORIGINS = ['person', 'automatic', 'timed'] as const satisfies readonly SwitchOrigin[]

/** What a switch is about. `everything`: also what this release does not know. */
export type SwitchScope = { readonly kind: 'partner'; readonly alias: string } | { readonly kind: 'everything' }

/** The scope of a partner, as records have it. */
export function partnerScope(alias: string): string {
  return `partner/${alias}`
}

/** What the scope of a record, or a key that begins with one, is about. */
export function scopeOf(text: string): SwitchScope {
  const [kind, alias = ''] = text.split('/')
  return kind === 'partner' && isPartnerAlias(alias) ? { kind, alias } : { kind: 'everything' }
}

/** The key of a switch: none of its records is written over by one of another scope or origin. */
export function switchKey({ scope, origin }: Pick<GatewaySwitch, 'scope' | 'origin'>): string {
  return `${scope}/${origin}`
}

/** A record of a switch. `service` is who writes it: `cli`, `gateway-egress`. */
export function switchRecord(
  value: GatewaySwitch,
  { namespace, service, codec }: { readonly namespace: string; readonly service: string; readonly codec: Codec },
): OutgoingRecord {
  const { scope, origin, state, at, cause } = value
  const type = eventType('gateway.GatewaySwitch')
  return {
    topic: SWITCHES,
    partition: 0,
    key: switchKey(value),
    value: codec.encode('gateway.GatewaySwitch', value),
    headers: cloudEventHeaders({
      id: cause === null ? `switch/${scope}/${origin}/${state}/${at}` : `switch/${scope}/${cause.id}`,
      type,
      source: `/${namespace}/${service}`,
      subject: scope,
      time: at,
    }),
  }
}
