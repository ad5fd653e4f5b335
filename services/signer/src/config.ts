import { integer, optional, text, timeSpan } from '@payout/runtime/config/field'
import { kafkaFields } from '@payout/runtime/config/kafka'
import { redisFields } from '@payout/runtime/config/redis'
import { registryFields } from '@payout/runtime/config/registry'
import { partnersFields, serviceFields, serviceSchema } from '@payout/runtime/config/service'
import type { SignerAppDependencies } from './app.ts'

/** The settings of the signer. */
export const signerSchema = serviceSchema({
  ...serviceFields,
  ...kafkaFields,
  ...redisFields,
  ...registryFields,
  ...partnersFields,
  SIGNER_MAX_RECORDS: integer(
    { description: 'commands of one transaction at the most', default: '1000' },
    { min: 1, max: 10_000 },
  ),
  SIGNER_LINGER: timeSpan(
    { description: 'how long payouts are waited for, for fuller batches, while egress has a queue', default: '2s' },
    { min: '0ms', max: '60s' },
  ),
  SIGNER_LINGER_ABOVE_LAG: integer(
    { description: 'from how many unsent requests on egress has a queue', default: '50' },
    { min: 0, max: 1_000_000 },
  ),
  SIGNER_DEFAULT_MEMO: text({
    description: 'the remark of a payout that has none: Alipay refuses an empty one',
    default: '付款',
  }),
  FORM_URL: optional(
    text(
      {
        description:
          "the address of gateway-ingress as users' browsers reach it, https in production mode: where the page is that leads a user to Alipay's signing page. Without it no agreement can be signed",
        unit: 'URL',
        example: 'https://pay.example.com',
      },
      {
        pattern: /^https?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(\/[A-Za-z0-9._~/-]*)?$/,
        words: 'https://host, with its port and path where it has them',
      },
    ),
  ),
})

/**
 * The settings that the signer works with.
 * @param lanes the number of lanes, as Kafka has it.
 */
export function signerSettings(
  config: ReturnType<typeof signerSchema.parse>,
  lanes: number,
): SignerAppDependencies['settings'] {
  return {
    lanes,
    claimLifeMs: config.CLAIM_LIFE,
    maxRecords: config.SIGNER_MAX_RECORDS,
    lingerMs: config.SIGNER_LINGER,
    lingerAboveLag: config.SIGNER_LINGER_ABOVE_LAG,
    defaultMemo: config.SIGNER_DEFAULT_MEMO,
    formUrl: config.FORM_URL?.replace(/\/+$/, ''),
  }
}
