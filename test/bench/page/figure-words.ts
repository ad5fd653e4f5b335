import type { Spread } from './spread.ts'

/** A number as it is read: three digits that count, or all of those before the point, with commas at the thousands. */
export function numberWords(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 0.995 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A value with its unit: `12.3 µs`, `1,200/s`. */
export function valueWords(value: number, unit: string): string {
  return unit.startsWith('/') ? `${numberWords(value)}${unit}` : `${numberWords(value)} ${unit}`
}

/** The median with its unit, and the lowest and highest of the rounds where there are several. */
export function spreadWords({ median, lowest, highest }: Spread, unit: string): string {
  const middle = unit === '' ? numberWords(median) : valueWords(median, unit)
  return lowest === highest ? middle : `${middle} (${numberWords(lowest)}–${numberWords(highest)})`
}
