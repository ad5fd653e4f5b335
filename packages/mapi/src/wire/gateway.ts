import { MapiError } from '../error.ts'

/** The gateway, and the only one in production (MAPI-1). */
export const PRODUCTION_GATEWAY = 'https://mapi.alipay.com/gateway.do'

export type GatewayMode = 'production' | 'sandbox'

/**
 * Takes a configured address of the gateway. In production it must be `PRODUCTION_GATEWAY`, to the letter. In sandbox
 * mode it is a simulator's: any http or https address without user, query and fragment, but never Alipay's own host,
 * since what a sandbox does must not move money.
 * @throws MapiError MAPI_GATEWAY_URL
 */
export function checkGatewayUrl(text: string, mode: GatewayMode): URL {
  if (mode === 'production') {
    if (text !== PRODUCTION_GATEWAY) throw wrongUrl(`in production mode the gateway must be ${PRODUCTION_GATEWAY}`)
    return new URL(PRODUCTION_GATEWAY)
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw wrongUrl("the gateway must be a simulator's http or https address in sandbox mode")
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(text)) {
    throw wrongUrl('the address of the gateway must have no user, query or fragment')
  }
  if (/(^|\.)alipay\.com\.?$/.test(url.hostname)) {
    throw wrongUrl("sandbox mode must not use Alipay's own host: set production mode, or a simulator's address")
  }
  return url
}

function wrongUrl(what: string): MapiError {
  return new MapiError('MAPI_GATEWAY_URL', what)
}
