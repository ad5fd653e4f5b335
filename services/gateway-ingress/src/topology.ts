import type { TopicName } from '@payout/schemas/topics'

/** The name of the service, for Kafka and Redis and as the source of its records. */
export const SERVICE = 'gateway-ingress'

/**
 * The topics that the service uses. It has no consumer group and no tasks: it appends notifies, each to the lane of its
 * batch, and each process reads all lanes of the forms.
 */
export const NOTIFIES = 'gateway.notifies' satisfies TopicName
export const FORMS = 'gateway.forms' satisfies TopicName
