/** The consumer group, and what it reads beside its own memory. */
export const GROUP = 'gateway-egress'
export const REQUESTS = 'gateway.requests'
