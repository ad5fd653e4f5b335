import { randomInt } from 'node:crypto'
import { chinaDate } from '@payout/mapi/values/china-time'

/**
 * An id for a command that was typed without one. Digits and lower-case letters, at most 20: of a payout it is then
 * Alipay's serial as it is, and a person finds it in Alipay's console.
 */
export function generatedId(): string {
  return `${chinaDate(Date.now())}${Array.from({ length: 12 }, () => randomInt(36).toString(36)).join('')}`
}
