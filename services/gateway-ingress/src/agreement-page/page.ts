import { html, Markup } from './html.ts'
import type { Language } from './language.ts'
import { pageWords } from './page-words.ts'

/** What the page that leads to Alipay shows and carries. */
export interface SigningForm {
  /** The gateway's address with `_input_charset` and nothing else in its query (SGN-2). */
  readonly action: string
  /** The character set of `_input_charset`, in which the browser has to send. */
  readonly charset: string
  /** All parameters, signature included; `_input_charset` is one of them. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
  readonly merchant: string
  /** Whose agreement it is, masked. */
  readonly account: string
}

/**
 * Tells a user what will happen and hands them over to Alipay, by itself after two seconds unless they show that they
 * are still reading. It takes nothing from them (SGN-1); inside the form there is nothing but the parameters, since the
 * button has no name (SGN-2).
 */
export function signingPage(
  language: Language,
  { action, charset, parameters, merchant, account }: SigningForm,
): string {
  const words = pageWords[language].signing
  return page(
    language,
    words.title,
    html`
  <p>${words.what}</p>
  <dl>
    <dt>${words.merchant}</dt><dd>${merchant}</dd>
    <dt>${words.agreement}</dt><dd>${words.agreementName}</dd>
    <dt>${words.account}</dt><dd>${account}</dd>
    <dt>${words.next}</dt><dd>${new URL(action).host}</dd>
  </dl>
  <p class="note">${words.password}</p>
  <p role="status" data-going="${words.going}" data-stayed="${words.stayed}">${words.press}</p>
  <form method="post" action="${action}" accept-charset="${charset}">
    ${parameters.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`)}
    <button>${words.go}</button>
  </form>
  <p class="after">${words.stranger}</p>
  <script>${new Markup(SCRIPT)}</script>`,
  )
}

/** The one page for every address that shows no form, whatever the reason. */
export function gonePage(language: Language): string {
  const { title, why, wayOut } = pageWords[language].gone
  return page(language, title, html`<p>${why}</p><p>${wayOut}</p>`)
}

/** The page for what may go well in a moment. */
export function laterPage(language: Language): string {
  const { title, wayOut } = pageWords[language].later
  return page(language, title, html`<p>${wayOut}</p>`)
}

function page(language: Language, title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="${pageWords[language].lang}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
  <h1>${title}</h1>
  ${content}
</main>
</body>
</html>
`.text
}

export const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:#eef1f5;color:#1b1f24;font:1rem/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:36rem;min-height:100vh;margin:0 auto;padding:1.5rem 1.25rem .5rem;background:#fff}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.3}
p{margin:0 0 1rem}
.after{margin-top:1rem}
dl{margin:1rem 0}
dt{color:#57606a;font-size:.875rem}
dd{margin:0 0 .5rem;font-weight:600;overflow-wrap:anywhere}
.note{padding:.75rem 1rem;border-left:.25rem solid #b35900;background:#fff6e9}
button{width:100%;min-height:3rem;padding:.5rem 1.5rem;border:.125rem solid transparent;border-radius:.5rem;background:#0b5cd6;color:#fff;font:inherit;font-weight:600;cursor:pointer}
button:hover{background:#0949ab}
:focus-visible{outline:.2rem solid #1b1f24;outline-offset:.2rem}
@media (min-width:40rem){
main{min-height:0;margin-top:8vh;padding:2.5rem 2.5rem 1.5rem;border-radius:.75rem}
dl{margin:1.5rem 0;display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.5rem}
dt,dd{margin:0;font-size:1rem}
}
`

/** `submit()` of the prototype, since a parameter may be named like it. */
export const SCRIPT = `
const form = document.forms[0], line = document.querySelector('[role=status]')
let going = setTimeout(() => { going = 0; HTMLFormElement.prototype.submit.call(form) }, 2000)
const stay = () => { if (going) { clearTimeout(going); going = 0; line.textContent = line.dataset.stayed } }
for (const action of ['keydown', 'pointerdown', 'wheel', 'submit']) addEventListener(action, stay)
line.textContent = line.dataset.going
`
