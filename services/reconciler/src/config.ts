import { flag, integer, timeSpan } from '@payout/runtime/config/field'
import { kafkaFields } from '@payout/runtime/config/kafka'
import { redisFields } from '@payout/runtime/config/redis'
import { registryFields } from '@payout/runtime/config/registry'
import { partnersFields, serviceFields, serviceSchema } from '@payout/runtime/config/service'
import type { ReconcilerSettings } from './settings.ts'

const sharedFields = {
  ...serviceFields,
  ...kafkaFields,
  ...redisFields,
  ...registryFields,
  OVERDUE_AFTER: timeSpan(
    {
      description: 'how long after its signing an outcome is due; Alipay sends a notify again for 25 hours',
      default: '25h',
    },
    { min: '1s', max: '30d' },
  ),
}

/** The settings of `npm run rebuild`. */
export const rebuildSchema = serviceSchema(sharedFields)

/** The settings of the reconciler. */
export const reconcilerSchema = serviceSchema({
  ...sharedFields,
  ...partnersFields,
  RECONCILER_MAX_RECORDS: integer(
    { description: 'records of one transaction at the most', default: '500' },
    { min: 1, max: 10_000 },
  ),
  RECONCILER_KEPT_PAYOUTS: integer(
    {
      description:
        'payouts whose states one process keeps in memory, some 1.5 KB each; others are read from Redis again',
      default: '50000',
    },
    { min: 0, max: 10_000_000 },
  ),
  REBUILD_BY_ITSELF: flag({
    description:
      'whether this process rebuilds Redis after a failover or restart of it, and sets up a new installation',
    default: 'true',
  }),
  AGREEMENT_FORM_LIFE: timeSpan(
    { description: 'how long the page with the form of an agreement is shown', default: '30m' },
    { min: '1s', max: '7d' },
  ),
  AGREEMENT_FIRST_POLL: timeSpan(
    {
      description: 'how long after its form was made Alipay is first asked whether an agreement is signed; it doubles',
      default: '15s',
    },
    { min: '100ms', max: '1h' },
  ),
  AGREEMENT_MAX_POLL: timeSpan(
    { description: 'the longest pause between two such questions', default: '1h' },
    { min: '100ms', max: '1d' },
  ),
  AGREEMENT_GIVE_UP: timeSpan(
    {
      description: 'how long a signing is asked about, and a cancelling sent again; then it ends with what is known',
      default: '24h',
    },
    { min: '1s', max: '30d' },
  ),
  RETURN_FILE_AGAIN: timeSpan(
    { description: 'the pause before a return file is asked for again', default: '1h' },
    { min: '1s', max: '1d' },
  ),
  RETURN_FILE_TRIES: integer(
    {
      description: 'how often a return file is asked for in one run of the schedule, or for one command',
      default: '6',
    },
    { min: 1, max: 100 },
  ),
})

type ReconcilerConfig = ReturnType<typeof reconcilerSchema.parse>

/** What the service is built with. */
export function reconcilerSettings(config: ReconcilerConfig, lanes: number): ReconcilerSettings {
  return {
    lanes,
    overdueAfterMs: config.OVERDUE_AFTER,
    maxRecords: config.RECONCILER_MAX_RECORDS,
    keptPayouts: config.RECONCILER_KEPT_PAYOUTS,
    agreements: {
      formLifeMs: config.AGREEMENT_FORM_LIFE,
      firstPollMs: config.AGREEMENT_FIRST_POLL,
      maxPollMs: config.AGREEMENT_MAX_POLL,
      giveUpMs: config.AGREEMENT_GIVE_UP,
    },
    returnFiles: { againMs: config.RETURN_FILE_AGAIN, tries: config.RETURN_FILE_TRIES },
  }
}
