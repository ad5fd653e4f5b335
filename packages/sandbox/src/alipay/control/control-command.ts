import { z } from 'zod'
import { FAULTS, type Fault, NOTIFY_FAULTS, type NotifyFault } from '../gateway/fault.ts'
import { GATEWAY_SERVICES } from '../gateway/gateway-service.ts'
import { FORGERIES } from '../notify/forged-notify.ts'
import { returnFileSchema } from '../return-file/fixture.ts'

const times = z.int().min(1).default(1)
const alias = z.string().min(1)
/** Orders are for batches unless they name another service. */
const service = z.enum(GATEWAY_SERVICES).default('batch_trans_notify_no_pwd')

const rate = z.number().min(0).max(1).optional()
const rateOfEach = Object.fromEntries([...FAULTS, ...NOTIFY_FAULTS].map((fault) => [fault, rate]))

/** How often each fault happens, by its name; `slowMs` says how slow `slow` is. Unknown names are refused. */
export const faultRatesSchema = z.strictObject({
  ...(rateOfEach as Record<Fault | NotifyFault, typeof rate>),
  slowMs: z.int().min(0).optional(),
})

/**
 * What `POST /sandbox/control` takes, as JSON. A field that a command does not have is refused by its name:
 *
 * - `force-answer`: the next `times` requests for a batch (of the partner, if one is named), or for another `service`,
 *   are refused with `code`; for `bptb_refund_file` it may be a text.
 * - `force-fault`: the next `times` requests for a batch, or for another `service`, have this fault. For
 *   `sign_protocol_with_partner` it happens to the answer of the user that the signing page posts.
 * - `force-verify`: the next `times` calls of `notify_verify` get this body, or `hang`, `reset`, `server-error`.
 * - `faults`: the rates from now on; replaces those from before.
 * - `balance`: what is on the paying account from now on, in fen; null takes the limit away.
 * - `hold-notifies`: while held, notifies (of the partner, if one is named) that are due wait; `hold: false` sends
 *   them.
 * - `resend-notify`: sends what was sent before once more, acknowledged or not: one `notifyId`, or all of a `batchNo`.
 * - `send-notify`: sends a genuine notify with these details, for a batch that need not exist.
 * - `forge-notify`: sends one notify that is not genuine, once, and tells what the merchant answered.
 * - `uniqueness`: whether batch numbers and serials must be unique from now on.
 * - `delays`: how long answers and first notifies wait from now on, in milliseconds.
 * - `agreement`: what an account has agreed to from now on, as if it had been done elsewhere.
 * - `agreement-answers`: how queries and unsigning answer about agreements that are not there.
 * - `consent`: plays the user's browser: opens the merchant's page `formUrl`, sends its form, chooses, and decides.
 * - `return-file`: what `bptb_refund_file` has for the day `date` from now on (return-file/fixture.ts); tells the
 *   file's hash.
 * - `clock`: how far the sandbox's clock is ahead of the machine's, in milliseconds.
 */
export const controlCommandSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('force-answer'),
    code: z.string().min(1),
    service,
    alias: alias.optional(),
    times,
  }),
  z.strictObject({ action: z.literal('force-fault'), fault: z.enum(FAULTS), service, alias: alias.optional(), times }),
  z.strictObject({ action: z.literal('force-verify'), answer: z.string(), times }),
  z.strictObject({ action: z.literal('faults'), rates: faultRatesSchema }),
  z.strictObject({ action: z.literal('balance'), alias, payer: z.string().optional(), balanceFen: z.int().nullable() }),
  z.strictObject({ action: z.literal('hold-notifies'), hold: z.boolean(), alias: alias.optional() }),
  z.strictObject({
    action: z.literal('resend-notify'),
    notifyId: z.string().optional(),
    batchNo: z.string().optional(),
    times,
  }),
  z.strictObject({
    action: z.literal('send-notify'),
    alias,
    url: z.string(),
    batchNo: z.string(),
    notifyId: z.string().optional(),
    successDetails: z.string().default(''),
    failDetails: z.string().default(''),
  }),
  z.strictObject({
    action: z.literal('forge-notify'),
    alias,
    url: z.string(),
    forgery: z.enum(FORGERIES),
    batchNo: z.string(),
    successDetails: z.string().default(''),
    failDetails: z.string().default(''),
  }),
  z.strictObject({ action: z.literal('uniqueness'), batchNo: z.boolean(), serial: z.boolean() }),
  z.strictObject({
    action: z.literal('delays'),
    answerDelayMs: z.int().min(0).optional(),
    notifyDelayMs: z.int().min(0).optional(),
  }),
  z.strictObject({ action: z.literal('clock'), clockShiftMs: z.int() }),
  z.strictObject({
    action: z.literal('agreement'),
    alias,
    account: z.string().min(1),
    chargeAgent: z.boolean(),
    refundCharge: z.boolean(),
  }),
  z.strictObject({
    action: z.literal('agreement-answers'),
    leaveOut: z.boolean().default(false),
    unsignMissing: z.string().min(1).default('T'),
  }),
  z.strictObject({
    action: z.literal('consent'),
    formUrl: z.url({ protocol: /^https?$/ }),
    autoPay: z.boolean().default(true),
    autoRefund: z.boolean().default(true),
    decision: z.enum(['agree', 'cancel']).default('agree'),
  }),
  returnFileSchema,
])

export type ControlCommand = z.infer<typeof controlCommandSchema>
/** A command as a caller writes it: what has a default may be left out. */
export type ControlRequest = z.input<typeof controlCommandSchema>
