/**
 * Whether a text can be a partner's alias, its name everywhere but at the wire (MAPI-14): up to 32 of a-z, 0-9 and -,
 * a letter or digit first.
 */
export function isPartnerAlias(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text)
}
