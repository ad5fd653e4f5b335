import type { NamedRecord } from '@payout/schemas/codec'
import type { RecordName } from '@payout/schemas/schema-catalog'

/** A record about something of one partner, with its name: all but the switches. */
export type PartnerRecord = NamedRecord<Exclude<RecordName, 'gateway.GatewaySwitch'>>
