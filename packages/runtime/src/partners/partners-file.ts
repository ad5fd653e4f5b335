import { BATCH_TRANS_NOTIFY_NO_PWD } from '@payout/mapi/interfaces/batch-trans-notify-no-pwd'
import { DSA_FORMS, SIGN_TYPES } from '@payout/mapi/signature/key'
import { isPartnerId } from '@payout/mapi/values/partner-id'
import { CHARSETS, canHold } from '@payout/mapi/wire/charset'
import * as z from 'zod'
import { isPartnerAlias } from './partner-alias.ts'

/** A partner's name everywhere but at the wire; it stands in the path of its notifies. */
const alias = z.string().refine(isPartnerAlias, 'must be an alias: up to 32 of a-z, 0-9 and -, a letter or digit first')

/** A text that goes to Alipay as it is: what the interface would refuse with every batch is refused here, once. */
function sentAs(parameter: 'account_name' | 'email' | 'buyer_account_name' | 'notify_url' | 'extend_param') {
  const definition = BATCH_TRANS_NOTIFY_NO_PWD.parameters.find(({ name }) => name === parameter)
  if (!definition) throw new RangeError(`the interface has no parameter ${parameter}`)
  return z.string().refine((text) => text !== '' && definition.accepts(text), definition.format)
}

const account = z
  .strictObject({
    name: sentAs('account_name').describe("the account's name at Alipay (`account_name`)"),
    email: sentAs('email')
      .optional()
      .describe('its log-in at Alipay (`email`); needed where `buyerAccountName` is not set'),
    buyerAccountName: sentAs('buyer_account_name')
      .optional()
      .describe('stands in for `email`, and wins over it (`buyer_account_name`, BTN-6)'),
    default: z
      .boolean()
      .optional()
      .describe('whether commands that name no payer are paid from it; one of several accounts can be'),
  })
  .refine(({ email, buyerAccountName }) => email !== undefined || buyerAccountName !== undefined, {
    message: 'must have an email or a buyerAccountName: that is what the account is called at Alipay',
  })

const partner = z
  .strictObject({
    partnerId: z
      .string()
      .refine(isPartnerId, 'must be 16 digits that begin with 2088')
      .describe('the partner id of the contract (`partner`): 16 digits that begin with 2088'),
    charset: z
      .enum(CHARSETS, `must be one of ${CHARSETS.join(', ')}`)
      .describe('what requests are written in (`_input_charset`), and notifies read in where they name none'),
    signType: z
      .enum(SIGN_TYPES, `must be one of ${SIGN_TYPES.join(', ')}, upper case`)
      .describe('how both sides sign (`sign_type`)'),
    dsaForm: z
      .enum(DSA_FORMS, `must be one of ${DSA_FORMS.join(', ')}`)
      .optional()
      .describe('how a DSA signature is written; all three are read'),
    signingKeyFile: z
      .string()
      .min(1, 'must be a path')
      .optional()
      .describe('the private key, or for MD5 the shared one; the signer needs it. Paths are relative to this file'),
    verifyingKeyFiles: z
      .array(z.string().min(1, 'must be a path'))
      .default([])
      .describe(
        "Alipay's public keys, several during a rotation; gateway-ingress needs one. For MD5 the signing key's file stands in",
      ),
    accounts: z
      .array(account)
      .min(1, 'must have at least one account')
      .describe('the accounts that this partner pays from'),
    notifyUrl: sentAs('notify_url').describe(
      'where Alipay sends notifies (`notify_url`): the public address of gateway-ingress, with the path `/notify/<alias>`',
    ),
    maxAmountFen: z
      .int('must be a whole number of fen')
      .min(1, 'must be at least 1 fen')
      .default(100_000_000)
      .describe('the most that one payout may be, in fen'),
    maxConcurrency: z
      .int('must be a whole number')
      .min(1, 'must be from 1 to 100')
      .max(100, 'must be from 1 to 100')
      .default(4)
      .describe('calls of the gateway under way at a time, in each process of gateway-egress'),
    extendParam: sentAs('extend_param')
      .optional()
      .describe('sent with each request (`extend_param`, BTN-7): `name^value|name^value`'),
    returnFiles: z
      .strictObject({
        time: z
          .string()
          .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be a time of day in China, HH:MM')
          .describe('from which time of the day on, in China, they are fetched; HH:MM'),
        days: z
          .int('must be a whole number')
          .min(1, 'must be from 1 to 60')
          .max(60, 'must be from 1 to 60')
          .default(7)
          .describe('how many days back are fetched again each time: banks are late'),
      })
      .optional()
      .describe(
        'the schedule of the files of bank payouts that came back (`bptb_refund_file`); without it only commands fetch them',
      ),
    testAccount: z
      .boolean()
      .default(false)
      .describe("whether this is Alipay's test account, which production mode refuses (MAPI-15)"),
  })
  .superRefine(({ accounts, charset, signType, dsaForm }, context) => {
    if (dsaForm !== undefined && signType !== 'DSA') {
      context.addIssue({ code: 'custom', path: ['dsaForm'], message: `is for DSA only, and signType is ${signType}` })
    }
    if (accounts.filter((one) => one.default).length > 1) {
      context.addIssue({ code: 'custom', path: ['accounts'], message: 'must have at most one default' })
    }
    const references = accounts.flatMap(({ email, buyerAccountName }) =>
      [...new Set([email, buyerAccountName])].filter((text) => text !== undefined),
    )
    if (new Set(references).size < references.length) {
      context.addIssue({
        code: 'custom',
        path: ['accounts'],
        message: 'must not give one email or buyerAccountName to two accounts',
      })
    }
    for (const [index, { name: accountName, email = '', buyerAccountName = '' }] of accounts.entries()) {
      if (canHold(`${accountName}${email}${buyerAccountName}`, charset)) continue
      context.addIssue({
        code: 'custom',
        path: ['accounts', index],
        message: `has a character that ${charset} can't hold`,
      })
    }
  })

const partners = z.record(alias, partner).superRefine((partners, context) => {
  const seen = new Map<string, string>()
  for (const [name, { partnerId }] of Object.entries(partners)) {
    const other = seen.get(partnerId)
    // Ids are claimed by alias: under two of them the same payout could be paid twice.
    if (other !== undefined)
      context.addIssue({
        code: 'custom',
        path: [name, 'partnerId'],
        message: `is also that of ${other}: one partner has one alias`,
      })
    seen.set(partnerId, name)
  }
})

/** The partners file: `{ "partners": { "<alias>": { … }, … } }`. */
export const partnersFile = z.strictObject({ partners })

/** One partner, as it stands in the file. */
export type PartnerEntry = z.output<typeof partner>
/** One paying account, as it stands in the file. */
export type AccountEntry = z.output<typeof account>
