/**
 * Records as bytes, in two framings that are told apart by the first byte.
 *
 *     single object:  C3 01 | fingerprint, 8 bytes, little-endian | body      (Avro specification, "Single-object encoding")
 *     Confluent:      00    | registry id, 4 bytes, big-endian    | body
 */
import { InvalidRecordError, NotAvroError, UnexpectedRecordError, UnknownSchemaError } from './errors.ts'
import type { Records } from './generated/records.ts'
import { currentSchema, type ReadableSchema, type RecordName, readableSchema } from './schema-catalog.ts'

/** A record with its name, so that a `switch` over the name narrows the value. */
export type NamedRecord<N extends RecordName = RecordName> = {
  [K in N]: { readonly name: K; readonly value: Records[K] }
}[N]

/** Ids that a schema registry gave out. Looked up before anything is written or read: this package talks to nobody. */
export interface RegistryIds {
  idOf(name: RecordName): number
  schemaOf(id: number): ReadableSchema | undefined
}

const SINGLE_OBJECT_HEADER = 10
const CONFLUENT_HEADER = 5

/** Writes and reads records. With `registry` the Confluent framing is written; both are read. */
export class Codec {
  readonly #registry: RegistryIds | undefined

  constructor(registry?: RegistryIds) {
    this.#registry = registry
  }

  /**
   * The record as bytes.
   * @throws InvalidRecordError when the value doesn't fit the schema: a defect of the caller.
   */
  encode<N extends RecordName>(name: N, value: Records[N]): Buffer {
    const body = encodeBody(name, value)
    if (this.#registry) {
      const header = Buffer.alloc(CONFLUENT_HEADER)
      header.writeUInt32BE(this.#registry.idOf(name), 1)
      return Buffer.concat([header, body])
    }
    const header = Buffer.alloc(SINGLE_OBJECT_HEADER)
    header.writeUInt16BE(0xc301)
    header.writeBigUInt64LE(currentSchema(name).fingerprint, 2)
    return Buffer.concat([header, body])
  }

  /**
   * Reads a record of any of the names given.
   * @throws NotAvroError when the bytes are in neither framing or the body doesn't fit; UnknownSchemaError when the schema is not known;
   *   UnexpectedRecordError when it is another record.
   */
  decode<N extends RecordName>(bytes: Buffer | null, names: readonly N[]): NamedRecord<N> {
    if (!bytes) throw new NotAvroError('the record has no value')
    const { schema, header } = this.#schemaOf(bytes)
    const name = names.find((candidate) => candidate === schema.name)
    if (!name) throw new UnexpectedRecordError(schema.name, names)
    try {
      return { name, value: schema.read(bytes.subarray(header)) } as NamedRecord<N>
    } catch (cause) {
      throw new NotAvroError(`the body is no ${schema.name}: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      })
    }
  }

  #schemaOf(bytes: Buffer): { schema: ReadableSchema; header: number } {
    if (bytes[0] === 0xc3 && bytes[1] === 0x01 && bytes.length >= SINGLE_OBJECT_HEADER) {
      const fingerprint = bytes.readBigUInt64LE(2)
      const schema = readableSchema(fingerprint)
      if (!schema) throw new UnknownSchemaError('single-object', fingerprint.toString(16).padStart(16, '0'))
      return { schema, header: SINGLE_OBJECT_HEADER }
    }
    if (bytes[0] === 0x00 && bytes.length >= CONFLUENT_HEADER) {
      const id = bytes.readUInt32BE(1)
      const schema = this.#registry?.schemaOf(id)
      if (!schema)
        throw new UnknownSchemaError(this.#registry ? 'confluent' : 'confluent without a registry', String(id))
      return { schema, header: CONFLUENT_HEADER }
    }
    throw new NotAvroError(
      `the value begins with neither C3 01 (Avro single-object encoding) nor 00 (Confluent), or is too short: ${bytes.length} bytes`,
    )
  }
}

const NOWHERE: string[] = []

function encodeBody(name: RecordName, value: unknown): Buffer {
  const { type } = currentSchema(name)
  const halves = illFormed(value)
  if (halves.length > 0) throw new InvalidRecordError(name, halves)
  try {
    return type.toBuffer(value)
  } catch {
    // avsc's own error is not passed on: it holds the value.
    const paths: string[] = []
    type.isValid(value, { errorHook: (path) => paths.push(path.join('.')) })
    throw new InvalidRecordError(name, paths)
  }
}

/** Where the value holds half a surrogate pair: UTF-8 can't, and what is read would not be what was written. */
function illFormed(value: unknown): string[] {
  if (typeof value === 'string') return value.isWellFormed() ? NOWHERE : ['']
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return NOWHERE
  let paths = NOWHERE
  for (const key of Object.keys(value)) {
    const inner = illFormed(value[key as keyof typeof value])
    if (inner.length > 0) paths = [...paths, ...inner.map((path) => (path === '' ? key : `${key}.${path}`))]
  }
  return paths
}
