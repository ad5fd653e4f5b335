import { integer } from '@payout/runtime/config/field'
import { redisFields } from '@payout/runtime/config/redis'
import { serviceSchema } from '@payout/runtime/config/service'

/** What decides the shape of the topics; read when they are made and checked, and nowhere else. */
export const topicsSchema = serviceSchema({
  LANES: integer(
    { description: 'partitions of every gateway topic; never changed while anything is in flight', default: '12' },
    { min: 1, max: 46_656 },
  ),
  TOPIC_PARTITIONS: integer(
    { description: 'partitions of the topics that are keyed by their users', default: '12' },
    { min: 1, max: 10_000 },
  ),
  TOPIC_REPLICAS: integer({ description: 'replicas of every partition', default: '3' }, { min: 1, max: 9 }),
  CLAIM_LIFE: redisFields.CLAIM_LIFE,
  TOPIC_MIN_INSYNC_REPLICAS: integer(
    { description: 'replicas that must have a record before it counts as stored', default: '2' },
    { min: 1, max: 9 },
  ),
})
