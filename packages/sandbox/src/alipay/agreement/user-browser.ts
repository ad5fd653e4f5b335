import { setTimeout as sleep } from 'node:timers/promises'
import { type FormSubmission, type HtmlControl, type HtmlPage, readHtmlPage, submit } from './html-form.ts'
import { SIGN_FIELDS } from './sign-page.ts'

/** What the user is to choose on the signing page. */
export interface UserChoices {
  readonly autoPay: boolean
  readonly autoRefund: boolean
  readonly decision: 'agree' | 'cancel'
}

/** One page that the user was shown. */
export interface SeenPage {
  readonly url: string
  readonly status: number
  readonly title: string
}

/** What came of it, and what the user saw on the way. */
export interface ConsentResult {
  /**
   * How the signing page said it ended; `choose-again` when it was refused and shown again; `no-form` when a page on
   * the way was not as it must be (not there, no HTML, not one form); `no-answer` when nothing answered.
   */
  readonly outcome: string
  /** The code that the last page shows, if it shows one. */
  readonly code?: string
  readonly pages: readonly SeenPage[]
}

const PATIENCE_MS = 30_000
/** A site that asks to come again is visited so often, and each pause is no longer. */
const VISITS = 5
const LONGEST_PAUSE_MS = 5_000

/**
 * Plays the user's browser: opens the merchant's page, sends the one form that it holds, ticks what the user chooses on
 * the page it leads to, and presses the button. Keeps no cookies and follows no redirects. Where the merchant's page
 * asks to come again (503 with Retry-After), the user does, a few times.
 *
 * @param formUrl address of the merchant's page
 */
export async function giveConsent(formUrl: string, choices: UserChoices): Promise<ConsentResult> {
  const pages: SeenPage[] = []
  const visit = async (submission: FormSubmission) => {
    for (let visits = 1; ; visits++) {
      const { page, againInMs } = await open(submission)
      if (page !== undefined) pages.push({ url: withoutQuery(page.url), status: page.status, title: page.title })
      // What was sent once is not sent again.
      if (againInMs === undefined || submission.method !== 'GET' || visits === VISITS) return page
      await sleep(againInMs)
    }
  }
  try {
    const merchants = await visit({ method: 'GET', url: new URL(formUrl), body: undefined })
    const form = onlyForm(merchants)
    if (form === undefined) return { outcome: 'no-form', pages }
    // A visitor without scripts presses the button; with them the same is sent.
    const first = await visit(submit(form, new Set(), undefined))
    const choice = onlyForm(first)
    const last = choice === undefined ? first : await visit(submit(choice, ticked(choices), buttonOf(choice, choices)))
    const code = last?.attribute('data-code')
    const outcome = last?.attribute('data-outcome') ?? (onlyForm(last) === undefined ? 'no-form' : 'choose-again')
    return { outcome, ...(code === undefined ? {} : { code }), pages }
  } catch {
    return { outcome: 'no-answer', pages }
  }
}

interface Opened {
  /** Undefined where it is no HTML. */
  readonly page: HtmlPage | undefined
  readonly againInMs: number | undefined
}

async function open({ method, url, body }: FormSubmission): Promise<Opened> {
  const headers = { accept: 'text/html', 'accept-language': 'zh-CN,zh;q=0.9' }
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body === undefined
      ? { headers }
      : { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const contentType = response.headers.get('content-type') ?? ''
  const charset = /charset\s*=\s*"?([\w.-]+)/i.exec(contentType)?.[1]
  const isHtml = /^text\/html\b/i.test(contentType)
  return {
    page: isHtml ? readHtmlPage(url, response.status, bytes, charset) : undefined,
    againInMs: response.status === 503 ? pauseMs(response.headers.get('retry-after')) : undefined,
  }
}

/** Retry-After in seconds; a moment, which it may be too, is no pause that a user waits for. */
function pauseMs(retryAfter: string | null): number | undefined {
  return /^\d+$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter) * 1000, LONGEST_PAUSE_MS) : undefined
}

function onlyForm(page: HtmlPage | undefined): HtmlPage['forms'][number] | undefined {
  const [form, ...others] = page?.status === 200 ? page.forms : []
  return others.length === 0 ? form : undefined
}

function ticked({ autoPay, autoRefund }: UserChoices): ReadonlySet<string> {
  return new Set([...(autoPay ? [SIGN_FIELDS.autoPay] : []), ...(autoRefund ? [SIGN_FIELDS.autoRefund] : [])])
}

function buttonOf({ controls }: HtmlPage['forms'][number], { decision }: UserChoices): HtmlControl | undefined {
  return controls.find(({ type, value }) => type === 'submit' && value === decision)
}

function withoutQuery(url: URL): string {
  return `${url.origin}${url.pathname}`
}
