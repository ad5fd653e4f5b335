import type { SigningKey, SignType, VerifyingKey } from '@payout/mapi/signature/key'
import type { Charset } from '@payout/mapi/wire/charset'

/** An account that a partner may pay from. It is named by `buyerAccountName`, `email`, or both. */
export interface SandboxAccount {
  /** `account_name` must be this. */
  readonly name: string
  readonly email?: string | undefined
  readonly buyerAccountName?: string | undefined
  /** What is on it, in fen; no limit by default. */
  readonly balanceFen?: number | undefined
  /** Every batch paid from it is refused with this code: USER_BLOCKED, SELLER_NOT_CERTIFY, PROFILE_BATCH_PAYMENT … */
  readonly refuse?: string | undefined
}

/** A merchant as Alipay knows it. */
export interface SandboxPartner {
  /** What the partner is called everywhere but at the wire. */
  readonly alias: string
  /** 16 digits that begin with 2088. */
  readonly partnerId: string
  /** The character set of the notifies; requests may name any of the three. */
  readonly charset: Charset
  readonly signType: SignType
  /** Verify the merchant's requests; for MD5 the key that both sides share. */
  readonly merchantVerifyingKeys: readonly VerifyingKey[]
  /** Signs the notifies; says the form of a DSA signature too. */
  readonly alipaySigningKey: SigningKey
  readonly accounts: readonly SandboxAccount[]
  /** Every batch of the partner is refused with this code: HAS_NO_PRIVILEGE, ILLEGAL_CLIENT_IP … */
  readonly refuse?: string | undefined
  /** Lines of a batch at most (TOTAL_NUMS_LIMIT); 1,000 by default. */
  readonly maxLines?: number | undefined
  /** Fen of a line at most (MAX_SINGLE_FEE); no limit by default. */
  readonly maxSingleFen?: number | undefined
}

/** The name under which the balance of an account is kept. */
export function payerOf(account: SandboxAccount): string {
  return account.buyerAccountName ?? account.email ?? account.name
}

/**
 * The account that a request names; `buyer_account_name` wins over `email` (BTN-6). Both may be given for one account.
 */
export function accountNamed(
  partner: SandboxPartner,
  email: string | undefined,
  buyerAccountName: string | undefined,
): SandboxAccount | undefined {
  const named = buyerAccountName ?? email
  if (named === undefined) return undefined
  return partner.accounts.find((account) => account.buyerAccountName === named || account.email === named)
}
