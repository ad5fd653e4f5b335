import { FakeSwitches } from '@payout/runtime/testing/fake-switches'
import { Codec } from '@payout/schemas/codec'
import { expect, it } from 'vitest'
import { AttemptPermits } from '../permit/attempt-permits.ts'
import { PartnerBreakers } from '../permit/partner-breakers.ts'
import { PartnerStops } from '../permit/partner-stops.ts'
import { Slots } from '../permit/slots.ts'
import { TransactionDraft } from './transaction-draft.ts'

it('gives back the permit of an attempt whose intent could not be made', () => {
  const clock = { now: () => 1_000_000 }
  const stops = new PartnerStops(new FakeSwitches({ records: () => [], ...clock, codec: new Codec() }), clock)
  const partnerSlots = new Slots(() => 1)
  const breakers = new PartnerBreakers({ unknowns: 1, openMs: 60_000 }, () => undefined)
  const dependencies = { knowsPartner: () => true, stops, breakers, partnerSlots, fileSlots: new Slots(() => 1) }
  const permits = new AttemptPermits(dependencies, { wake: () => undefined })
  const acquisition = permits.tryAcquire('shop', { file: false })
  if (acquisition.kind === 'denied') throw new Error(acquisition.code)
  const draft = new TransactionDraft()
  draft.own(acquisition.permit)
  expect(partnerSlots.underWay('shop')).toBe(1)
  draft.abandon()
  expect(partnerSlots.underWay('shop')).toBe(0)
})
