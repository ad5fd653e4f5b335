import type { GatewayAnswer } from '../gateway/answer.ts'

/** How a visit of the signing page ended. */
export type SignOutcome = 'signed' | 'already-signed' | 'cancelled' | 'refused' | 'gone'

/** Where the signing page posts the user's answer to. */
export const SIGN_PATH = '/sandbox/sign'

/** Names of the form's fields; a choice counts when it is sent at all. */
export const SIGN_FIELDS = {
  signing: 'signing',
  autoPay: 'auto_pay',
  autoRefund: 'auto_refund',
  decision: 'decision',
} as const

/**
 * The page on which a user signs an agreement with a merchant. It stands in for Alipay's own, which also asks for the
 * account's password; this one never does.
 *
 * @param refusedWith the code with which the last answer to it was refused
 */
export function signPage(signing: string, account: string, refusedWith?: string): GatewayAnswer {
  const { autoPay, autoRefund, decision } = SIGN_FIELDS
  return page(
    '签署协议',
    `
    <main>
      <h1>签署委托协议</h1>
      ${refusedWith === undefined ? '' : `<p role="alert" data-code="${escaped(refusedWith)}">${reasonOf(refusedWith)}</p>`}
      <p>支付宝账户：<strong>${escaped(account)}</strong></p>
      <form method="post" action="${SIGN_PATH}">
        <input type="hidden" name="${SIGN_FIELDS.signing}" value="${escaped(signing)}">
        <p><label><input type="checkbox" name="${autoPay}" value="1"> 自动支付</label></p>
        <p><label><input type="checkbox" name="${autoRefund}" value="1"> 自动退款</label></p>
        <p>
          <button type="submit" name="${decision}" value="agree">同意</button>
          <button type="submit" name="${decision}" value="cancel">取消</button>
        </p>
      </form>
      <p><small>沙箱页面：代替支付宝，不需要密码，不会发生任何支付。</small></p>
    </main>`,
  )
}

/** The page that ends a visit. */
export function outcomePage(outcome: SignOutcome, code?: string): GatewayAnswer {
  const titles: Readonly<Record<SignOutcome, string>> = {
    signed: '签约成功',
    'already-signed': '您已签约',
    cancelled: '签约已取消',
    refused: '无法签约',
    gone: '页面已失效',
  }
  const dataCode = code === undefined ? '' : ` data-code="${escaped(code)}"`
  const why = code === undefined ? '' : `<p role="alert">${reasonOf(code)}</p>`
  return page(
    titles[outcome],
    `
    <main data-outcome="${outcome}"${dataCode}>
      <h1>${titles[outcome]}</h1>
      ${why}
      <p><small>沙箱页面：代替支付宝。</small></p>
    </main>`,
    outcome === 'gone' ? 404 : 200,
  )
}

function reasonOf(code: string): string {
  const reason = REASONS.get(code)
  return reason === undefined ? escaped(code) : `${reason}（${escaped(code)}）`
}

/** What table 3-1 says (sign_protocol_with_partner 1.0 §3), and what the gateway says to any request. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['CHARGE_MUST_HAVE_PAY_METHOD', '必须选择自动支付'],
  ['REFUND_CHARGE_MUST_CHOSE_ONE', '必须选择自动退款'],
  ['ILLEGAL_SIGN', '签名不正确'],
  ['ILLEGAL_ARGUMENT', '参数不正确'],
  ['ILLEGAL_PARTNER', '合作伙伴信息不正确'],
  ['MERCHANT_SIGN_NOT_FOUND', '商户未签约'],
  ['SYSTEM_ERROR', '系统错误'],
])

function page(title: string, body: string, status = 200): GatewayAnswer {
  return {
    status,
    contentType: 'text/html;charset=utf-8',
    headers: {
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
    body: Buffer.from(`<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} - 支付宝沙箱</title>
    <style>
      body { margin: 0; font: 16px/1.6 sans-serif; color: #1a1a1a; background: #f5f5f5; }
      main { max-width: 30rem; margin: 2rem auto; padding: 1.5rem; background: #fff; }
      [role='alert'] { color: #a8071a; }
      button { font: inherit; padding: 0.5rem 1.5rem; }
      :focus-visible { outline: 3px solid #0958d9; outline-offset: 2px; }
    </style>
  </head>
  <body>${body}
  </body>
</html>
`),
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
