import { MapiError } from '../error.ts'

/** An amount of money in fen (a hundredth of a yuan): a whole number from 0 to 2^53-1. */
export type Fen = number & { readonly __brand: 'Fen' }

/**
 * Takes a number as fen.
 * @throws MapiError MAPI_FEN_RANGE if it is negative, not whole, or above 2^53-1.
 */
export function fen(amount: number): Fen {
  if (!Number.isSafeInteger(amount) || amount < 0 || Object.is(amount, -0)) {
    throw new MapiError('MAPI_FEN_RANGE', `${amount} is not an amount in fen: give a whole number from 0 to 2^53-1`)
  }
  return amount as Fen
}

const YUAN = /^(0|[1-9][0-9]{0,13})(?:\.([0-9]{1,2}))?$/

/**
 * Reads yuan as Alipay writes them: `20000.00`, also `20000` and `20000.5`. Exact: no floating point takes part.
 * Signs, exponents, separators, blanks, leading zeros and a third decimal are refused (BTN-4).
 * @throws MapiError MAPI_YUAN_FORMAT
 */
export function parseYuan(text: string): Fen {
  const match = YUAN.exec(text)
  if (match?.[1] === undefined) throw wrongYuan()
  const amount = Number(match[1] + (match[2] ?? '').padEnd(2, '0'))
  if (!Number.isSafeInteger(amount)) throw wrongYuan()
  return amount as Fen
}

function wrongYuan(): MapiError {
  return new MapiError(
    'MAPI_YUAN_FORMAT',
    'not an amount in yuan: write digits and at most two decimals, such as 20.00, below 90,071,992,547,409.92',
  )
}

/** Writes fen as yuan with exactly two decimals: `2000` becomes `20.00` (BTN-4). */
export function formatYuan(amount: Fen): string {
  const digits = String(amount).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/**
 * Adds amounts up, exactly.
 * @throws MapiError MAPI_FEN_RANGE if the sum is above 2^53-1.
 */
export function sumFen(amounts: Iterable<Fen>): Fen {
  let sum = 0
  for (const amount of amounts) sum = fen(sum + amount)
  return sum as Fen
}
