import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@payout/schemas/units'
import type { AgreementSettings } from '../settings.ts'

/** As they are by default. */
export const AGREEMENT_SETTINGS: AgreementSettings = {
  formLifeMs: 30 * MINUTE_MS,
  firstPollMs: 15 * SECOND_MS,
  maxPollMs: HOUR_MS,
  giveUpMs: DAY_MS,
}
