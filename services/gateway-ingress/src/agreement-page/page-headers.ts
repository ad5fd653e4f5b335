import { createHash } from 'node:crypto'
import { SCRIPT, STYLE } from './page.ts'

/** The headers that every page has, whatever it says. */
const COMMON = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  // For browsers that don't know frame-ancestors (SGN-3).
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A body that nobody asked for is not read.
  connection: 'close',
} as const

const NOTHING = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", `style-src ${hashOf(STYLE)}`]

/** The headers of a page without a form. */
export const PLAIN_PAGE_HEADERS = {
  ...COMMON,
  'content-security-policy': [...NOTHING, "form-action 'none'"].join('; '),
} as const

/** The headers of the page whose form goes to this gateway. */
export function signingPageHeaders(gatewayUrl: string): Readonly<Record<string, string>> {
  const policy = [...NOTHING, `script-src ${hashOf(SCRIPT)}`, `form-action ${formTarget(new URL(gatewayUrl))}`]
  return { ...COMMON, 'content-security-policy': policy.join('; ') }
}

/**
 * Browsers hold the redirects that follow a form against `form-action` too, and the gateway leads on to other hosts of
 * Alipay's (`airprod.alipay.com`): with the gateway alone the user would stand still on our page.
 */
function formTarget({ hostname, origin }: URL): string {
  return hostname === 'mapi.alipay.com' ? 'https://*.alipay.com' : origin
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
