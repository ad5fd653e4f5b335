import type { SeededChance } from '../seeded-chance.ts'

/**
 * What can go wrong with a request, on the wire or in Alipay's house.
 *
 * | fault               | books written | what the caller gets                                            |
 * | ------------------- | ------------- | --------------------------------------------------------------- |
 * | `request-lost`      | no            | the connection is reset                                         |
 * | `answer-lost`       | yes           | the connection is reset                                         |
 * | `half-xml`          | yes           | the first half of the answer, then the end of it                |
 * | `cut-answer`        | yes           | the first half of the answer, then a reset                      |
 * | `server-error`      | no            | status 502 with an HTML page                                    |
 * | `late-server-error` | yes           | status 502 with an HTML page                                    |
 * | `html`              | yes           | status 200 with an HTML page                                    |
 * | `empty`             | yes           | status 200 with an empty body                                   |
 * | `system-error`      | no            | `F` with SYSTEM_ERROR                                           |
 * | `late-system-error` | yes           | `F` with SYSTEM_ERROR                                           |
 * | `unknown-code`      | no            | `F` with a code of no table                                     |
 * | `entities`          | no            | an XML with a document type whose entity spells `T`             |
 * | `hang`              | yes           | nothing: the connection stays open until the caller gives up    |
 * | `slow`              | yes           | the right answer, later (`slowMs`)                              |
 */
export const FAULTS = [
  'request-lost',
  'answer-lost',
  'half-xml',
  'cut-answer',
  'server-error',
  'late-server-error',
  'html',
  'empty',
  'system-error',
  'late-system-error',
  'unknown-code',
  'entities',
  'hang',
  'slow',
] as const

export type Fault = (typeof FAULTS)[number]

/**
 * What can go wrong with a notify: sent two times at once, hung up on before the merchant's answer is read, and a call
 * of `notify_verify` that gets status 500.
 */
export const NOTIFY_FAULTS = ['notify-twice', 'notify-answer-lost', 'verify-error'] as const

export type NotifyFault = (typeof NOTIFY_FAULTS)[number]

/** How often each fault happens, from 0 to 1; together the faults of a request are at most 1. */
export type FaultRates = Readonly<Partial<Record<Fault | NotifyFault, number | undefined>>> & {
  /** How late a `slow` answer is; milliseconds, 2,000 by default. */
  readonly slowMs?: number | undefined
}

/** True for a fault that keeps a good request out of the books. */
export function keepsOutOfBooks(fault: Fault | undefined): boolean {
  switch (fault) {
    case 'request-lost':
    case 'server-error':
    case 'system-error':
    case 'unknown-code':
    case 'entities':
      return true
    default:
      return false
  }
}

/**
 * The fault of this request, if it has one.
 *
 * @param names what tells this request from all others; the same names draw the same fault
 */
export function drawFault(
  rates: FaultRates,
  chance: SeededChance,
  ...names: readonly (string | number)[]
): Fault | undefined {
  const fraction = chance.fraction('fault', ...names)
  let sum = 0
  for (const fault of FAULTS) {
    sum += rates[fault] ?? 0
    if (fraction < sum) return fault
  }
  return undefined
}
