import { createHash } from 'node:crypto'
import type { GatewayServiceRequest } from '@payout/schemas/generated/records'

/**
 * What the id of a service request stands for, as egress claims it (S2.6): the service and the parameters as they are
 * encoded, without the signature, so that a request that was signed twice is the same one. SHA-256 over version 1 of
 * the form, base64url.
 */
export function serviceContentHash({ service, body }: Pick<GatewayServiceRequest, 'service' | 'body'>): string {
  const parameters = body
    .toString('latin1')
    .split('&')
    .filter((parameter) => !parameter.startsWith('sign='))
  return createHash('sha256')
    .update(JSON.stringify(['gateway-service', 1, service, ...parameters]))
    .digest('base64url')
}
