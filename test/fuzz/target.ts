import type { Arbitrary } from 'fast-check'

/** Something that reads what comes from outside. */
export interface FuzzTarget {
  readonly name: string
  /** Its part of all cases, from 0 to 1. */
  readonly share: number
  /** Bytes, and the content type with which they came. */
  readonly cases: Arbitrary<readonly [bytes: Buffer, contentType: string | undefined]>
  /** Throws for anything but a declared result. */
  readonly check: (bytes: Buffer, contentType: string | undefined) => void | Promise<void>
}
