import type { Clock } from '@payout/runtime/clock'
import type { Logger } from '@payout/runtime/observability/logging'
import { isRedisAway } from '@payout/runtime/redis/errors'
import type { UsedForms } from '@payout/runtime/redis/port'
import type { GatewayForm } from '@payout/schemas/generated/records'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IngressMetrics } from '../metrics.ts'
import { FORM_RETRY_AFTER_S, type FormRefusal, formRefusalStatus } from './form-refusal.ts'
import type { FormSearch } from './form-search.ts'
import { formAddress } from './held-forms.ts'
import { languageOf } from './language.ts'
import { gonePage, laterPage, signingPage } from './page.ts'
import { PLAIN_PAGE_HEADERS, signingPageHeaders } from './page-headers.ts'

export interface AgreementRouteDependencies {
  readonly forms: Pick<FormSearch, 'find'>
  readonly usedForms: UsedForms
  /** The gateway's address, `https://mapi.alipay.com/gateway.do`. */
  readonly gatewayUrl: string
  readonly clock: Clock
  readonly metrics: Pick<IngressMetrics, 'formShown' | 'formRefused'>
  readonly logger: Pick<Logger, 'debug' | 'warn' | 'error'>
  /** True once the process was asked to stop. */
  readonly stopping: () => boolean
}

const FOLDER = '/agreement/'

/** Whether a request is for an agreement page, well-formed or not. */
export function isForAgreement(request: FastifyRequest): boolean {
  return request.method === 'GET' && request.url.startsWith(FOLDER)
}

/**
 * `GET /agreement/<alias>/<token>`: the page that leads a user to Alipay's signing page, shown once (SGN-1 to SGN-3).
 * Nothing but the path decides which; the language is the browser's.
 */
export function agreementRoute(app: FastifyInstance, dependencies: AgreementRouteDependencies): void {
  const headers = signingPageHeaders(dependencies.gatewayUrl)

  app.get<{ Params: { '*': string } }>(`${FOLDER}*`, async (request, reply) => {
    const [alias = '', token = '', ...more] = request.params['*'].split('/')
    const form = looksAhead(request)
      ? 'looked-ahead'
      : more.length > 0
        ? 'unknown'
        : await use(alias, token, dependencies)
    if (typeof form === 'string') return refuseForm(form, request, reply, dependencies)
    dependencies.metrics.formShown(form.partner)
    dependencies.logger.debug({ partner: form.partner, agreementId: form.agreementId }, 'agreement page shown')
    const page = signingPage(languageOf(request.headers['accept-language']), {
      action: `${dependencies.gatewayUrl}?_input_charset=${form.charset}`,
      charset: form.charset,
      parameters: form.parameters,
      merchant: form.partner,
      account: masked(form.parameters.find(({ name }) => name === 'email')?.value ?? ''),
    })
    return reply.code(200).headers(headers).send(page)
  })

  app.head(`${FOLDER}*`, async (request, reply) => refuseForm('looked-ahead', request, reply, dependencies))
}

/** Answers with the page of the reason's status, in which only the language differs. */
export function refuseForm(
  reason: FormRefusal,
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, logger }: Pick<AgreementRouteDependencies, 'metrics' | 'logger'>,
): FastifyReply {
  metrics.formRefused(reason)
  logger.debug({ reason }, 'agreement page refused')
  const status = formRefusalStatus(reason)
  const page = status === 404 ? gonePage : laterPage
  if (status === 503) reply.header('retry-after', String(FORM_RETRY_AFTER_S))
  return reply
    .code(status)
    .headers(PLAIN_PAGE_HEADERS)
    .send(page(languageOf(request.headers['accept-language'])))
}

/** The form at this address, marked as used from now on; or why there is none to be shown. */
async function use(
  alias: string,
  token: string,
  dependencies: AgreementRouteDependencies,
): Promise<GatewayForm | FormRefusal> {
  if (dependencies.stopping()) return 'stopping'
  const form = await dependencies.forms.find(alias, token)
  if (typeof form === 'string') return form
  const lifeMs = form.expiresAt - dependencies.clock.now()
  if (lifeMs <= 0) return 'expired'
  try {
    const isFirst = await dependencies.usedForms.use(`${alias}/${formAddress(alias, token)}`, lifeMs)
    return isFirst ? form : 'used'
  } catch (err) {
    if (isRedisAway(err)) {
      dependencies.logger.warn({ err, partner: alias }, 'an agreement page is not shown: Redis is away')
      return 'redis-away'
    }
    dependencies.logger.error({ err, partner: alias }, 'an agreement page is not shown because of a defect')
    return 'internal'
  }
}

/**
 * Whether nobody is looking yet: a page that is fetched in advance, or that a frame asks for, which would refuse to
 * show it. A form must not be used up by that. The answer is 503 and the same for every address: 404 would call a good
 * link dead, and 200 or 204 could be kept and shown in place of the page. Browsers drop an early answer of 503, and ask
 * again when the user comes.
 */
function looksAhead({ headers }: FastifyRequest): boolean {
  const { purpose, 'sec-purpose': secPurpose, 'x-purpose': xPurpose, 'x-moz': xMoz, 'sec-fetch-dest': target } = headers
  const isEarly = [purpose, secPurpose, xPurpose, xMoz].some((value) =>
    /prefetch|prerender|preview/i.test(`${value ?? ''}`),
  )
  return isEarly || (target !== undefined && target !== 'document' && target !== 'empty')
}

/** `buyer@example.com` as `b***@example.com`: enough for its owner. */
function masked(account: string): string {
  const [first = ''] = account
  const at = account.lastIndexOf('@')
  return `${first}***${at === -1 ? '' : account.slice(at)}`
}
