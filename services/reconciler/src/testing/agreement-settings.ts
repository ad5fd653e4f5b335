import type { AgreementSettings } from '../settings.ts'

/** As they are by default. */
export const AGREEMENT_SETTINGS: AgreementSettings = {
  formLifeMs: 1_800_000,
  firstPollMs: 15_000,
  maxPollMs: 3_600_000,
  giveUpMs: 86_400_000,
}
