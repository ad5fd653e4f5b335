import { flag, integer, timeSpan } from '@payout/runtime/config-field'
import { kafkaFields } from '@payout/runtime/config-kafka'
import { redisFields } from '@payout/runtime/config-redis'
import { registryFields } from '@payout/runtime/config-registry'
import { serviceFields, serviceSchema } from '@payout/runtime/config-service'

export const reconcilerSchema = serviceSchema({
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
  RECONCILER_MAX_RECORDS: integer(
    { description: 'records of one transaction at the most', default: '500' },
    { min: 1, max: 10_000 },
  ),
  REBUILD_BY_ITSELF: flag({
    description:
      'whether this process rebuilds Redis after a failover or restart of it, and sets up a new installation',
    default: 'true',
  }),
})
