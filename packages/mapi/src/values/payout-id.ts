/**
 * An id that upstream may give: 1 to 64 of `A-Z a-z 0-9 . _ : -`, unique per partner for ever. Its serial at Alipay is
 * made of it.
 */
export function isPayoutId(text: string): boolean {
  return /^[A-Za-z0-9._:-]{1,64}$/.test(text)
}
