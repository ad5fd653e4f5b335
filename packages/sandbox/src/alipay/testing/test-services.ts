import { type Fields, formBody, type MerchantSide, postForm } from './test-merchant.ts'

type Changes = Readonly<Record<string, string | Buffer | undefined>>

/** A signed request of a service, from the merchant's side; `undefined` leaves a parameter out. */
export function serviceRequest(merchant: MerchantSide, service: string, fields: Changes): Fields {
  const { partnerId, charset, signType } = merchant.partner
  const all = { service, partner: partnerId, _input_charset: charset, sign_type: signType, ...fields }
  const sent = Object.entries<string | Buffer | undefined>(all).filter(
    (entry): entry is [string, string | Buffer] => entry[1] !== undefined,
  )
  return merchant.signed(Object.fromEntries(sent))
}

/** Asks a service that answers at once. */
export function askService(url: string, merchant: MerchantSide, service: string, fields: Changes): Promise<Response> {
  return postForm(url, serviceRequest(merchant, service, fields), merchant.partner.charset)
}

/**
 * A page that a user's browser was shown, read with regular expressions: it shares nothing with the sandbox's own
 * reader.
 */
export interface UserPage {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** What the page says of how it ended, and its code. */
  readonly ended: string
  /** The one hidden field of the signing form. */
  readonly signing: string | undefined
}

export async function userPage(response: Response): Promise<UserPage> {
  const html = new TextDecoder('utf-8', { fatal: true }).decode(await response.arrayBuffer())
  const outcome = /data-outcome="([\w-]*)"/.exec(html)?.[1] ?? ''
  const code = /data-code="(\w*)"/.exec(html)?.[1] ?? ''
  const signing = /<input type="hidden" name="signing" value="([^"]+)">/.exec(html)?.[1]
  return { status: response.status, headers: response.headers, html, ended: `${outcome} ${code}`.trim(), signing }
}

/** Brings the merchant's request to the gateway as a user's browser does. */
export async function openSigning(
  url: string,
  merchant: MerchantSide,
  fields: Changes = {},
  method: 'GET' | 'POST' = 'POST',
): Promise<UserPage> {
  const request = serviceRequest(merchant, 'sign_protocol_with_partner', { email: 'user@example.com', ...fields })
  if (method === 'GET') return userPage(await fetch(`${url}?${formBody(request)}`))
  return userPage(await postForm(url, request, merchant.partner.charset))
}

/** Posts what the user chose. */
export async function answerSigning(
  url: string,
  signing: string | undefined,
  choice: 'agree' | 'cancel',
  ticked: readonly string[] = ['auto_pay', 'auto_refund'],
): Promise<UserPage> {
  const fields = { signing: signing ?? '', decision: choice, ...Object.fromEntries(ticked.map((name) => [name, '1'])) }
  const response = await fetch(new URL('/sandbox/sign', url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: formBody(fields),
  })
  return userPage(response)
}
