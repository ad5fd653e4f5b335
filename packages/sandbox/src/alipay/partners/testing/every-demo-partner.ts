import { DSA_FORMS, SIGN_TYPES } from '@payout/mapi/signature/key'
import { CHARSETS } from '@payout/mapi/wire/charset'
import type { DemoPartner } from '../sandbox-partners.ts'

/** Every sign type, every form of DSA, with every character set: 15 partners. */
export const EVERY_DEMO_PARTNER: readonly DemoPartner[] = CHARSETS.flatMap((charset) => {
  const suffix = charset.replace('-', '')
  return [
    ...SIGN_TYPES.map((signType) => ({ alias: `shop-${signType.toLowerCase()}-${suffix}`, signType, charset })),
    ...DSA_FORMS.filter((form) => form !== 'escaped').map((dsaForm) => ({
      alias: `shop-dsa-${dsaForm}-${suffix}`,
      signType: 'DSA' as const,
      dsaForm,
      charset,
    })),
  ]
})
