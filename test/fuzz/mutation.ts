import fc from 'fast-check'

/** One way to spoil bytes. */
type Change =
  | { readonly kind: 'byte'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }

/** Places are parts of the whole, so that one change fits bytes of any length; evenly spread, since most of what there is to spoil is no edge. */
const place = fc.noBias(fc.nat(9999)).map((part) => part / 10_000)
const length = fc.nat(64)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('byte' as const), at: place, byte: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: place, length }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ maxLength: 32 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), at: place, length, times: fc.nat(40) }),
  },
)

/** Bytes that were good, spoiled in up to eight places, perhaps cut off. */
export function spoiled(good: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const changes = fc.array(change, { minLength: 1, maxLength: 8, size: 'small' })
  const end = fc.oneof({ weight: 7, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: place })
  return fc.tuple(good, changes, end).map(([bytes, all, part]) => {
    const changed = all.reduce(apply, bytes)
    return changed.subarray(0, Math.floor(part * changed.length))
  })
}

function apply(bytes: Buffer, change: Change): Buffer {
  const at = Math.floor(change.at * bytes.length)
  switch (change.kind) {
    case 'byte': {
      const copy = Buffer.from(bytes)
      if (at < copy.length) copy[at] = change.byte
      return copy
    }
    case 'cut':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)])
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)])
    case 'repeat': {
      const part = bytes.subarray(at, at + change.length)
      return Buffer.concat([
        bytes.subarray(0, at),
        ...Array.from({ length: change.times }, () => part),
        bytes.subarray(at),
      ])
    }
  }
}

/** Any bytes. */
export const noise: fc.Arbitrary<Buffer> = fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes))
