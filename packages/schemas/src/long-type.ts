import avro from 'avsc'

/**
 * Avro's `long` as a JavaScript number. avsc's own refuses to read what is beyond 2^53: a command with such an amount could not be
 * read at all, where it must be refused by name. Here it is read as a number that is no safe integer, which every check of an amount
 * refuses; writing one throws.
 */
export const longType = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => Number(bytes.readBigInt64LE()),
  toBuffer: (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: Number.isSafeInteger,
  compare: (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1),
})
