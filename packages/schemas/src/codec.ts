/**
 * Records as bytes, in two framings that are told apart by the first byte.
 *
 *     single object:  C3 01 | fingerprint, 8 bytes, little-endian | body      (Avro specification, "Single-object encoding")
 *     Confluent:      00    | registry id, 4 bytes, big-endian    | body
 */

import { currentSchema, type ReadableSchema, type RecordName, readableSchema } from './avro/schema-catalog.ts'
import { PipelineError } from './error.ts'
import type { Records } from './generated/records.ts'
import { MIB } from './units.ts'

/** A record with its name, so that a `switch` over the name narrows the value. */
export type NamedRecord<N extends RecordName = RecordName> = {
  [K in N]: { readonly name: K; readonly value: Records[K] }
}[N]

/** Ids that a schema registry gave out. Looked up before anything is written or read: this package talks to nobody. */
export interface RegistryIds {
  idOf(name: RecordName): number
  schemaOf(id: number): ReadableSchema | undefined
}

/**
 * The bytes are no record: neither framing begins like this, or the body does not fit its schema. Dead-letter it
 * (S2.3).
 */
export class NotAvroError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super('SCHEMA_NOT_AVRO', message, options)
  }
}

/**
 * Well framed, but with a schema that this release doesn't know. On a command topic it is a dead letter; on
 * `gateway.*` the lane waits until this service is upgraded (readers before writers).
 */
export class UnknownSchemaError extends PipelineError {
  /** The fingerprint in hex, or the registry's id in decimal. */
  readonly schema: string

  constructor(framing: 'single-object' | 'confluent' | 'confluent without a registry', schema: string) {
    super(
      'SCHEMA_UNKNOWN',
      framing === 'confluent without a registry'
        ? `the schema ${schema} is one of a schema registry, and none is configured: set SCHEMA_REGISTRY_URL`
        : `the schema ${schema} (${framing} framing) is not among those of this release: upgrade this service before the writer`,
    )
    this.schema = schema
  }
}

/** A record that may not stand in this topic. */
export class UnexpectedRecordError extends PipelineError {
  constructor(got: string, expected: readonly string[]) {
    super('SCHEMA_UNEXPECTED_RECORD', `a ${got} stands where only ${expected.join(', ')} may`)
  }
}

/** The value doesn't fit the schema: a defect of the writer. The message names the fields, not their values. */
export class InvalidRecordError extends PipelineError {
  constructor(name: string, paths: readonly string[]) {
    super('SCHEMA_INVALID_RECORD', `a ${name} can't be written: wrong or missing ${paths.join(', ') || 'fields'}`)
  }
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
    const header = this.#registry ? confluentHeader(this.#registry.idOf(name)) : singleObjectHeader(name)
    return framed(header, name, value)
  }

  /**
   * Reads a record of any of the names given.
   * @throws NotAvroError when the bytes are in neither framing or the body doesn't fit; UnknownSchemaError when the
   *   schema is not known; UnexpectedRecordError when it is another record.
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

function confluentHeader(id: number): Buffer {
  const header = Buffer.alloc(CONFLUENT_HEADER)
  header.writeUInt32BE(id, 1)
  return header
}

const singleObjectHeaders = new Map<RecordName, Buffer>()

function singleObjectHeader(name: RecordName): Buffer {
  const known = singleObjectHeaders.get(name)
  if (known) return known
  const header = Buffer.alloc(SINGLE_OBJECT_HEADER)
  header.writeUInt16BE(0xc301)
  header.writeBigUInt64LE(currentSchema(name).fingerprint, 2)
  singleObjectHeaders.set(name, header)
  return header
}

/**
 * Records are written here first, for their length is known only then; what is longer than that has a place of its
 * own.
 */
const scratch = Buffer.alloc(MIB)

function framed(header: Buffer, name: RecordName, value: unknown): Buffer {
  const { type } = currentSchema(name)
  try {
    header.copy(scratch)
    const end = type.encode(value, scratch, header.length)
    if (end >= 0) return Buffer.from(scratch.subarray(0, end))
    // avsc says by how many bytes it is too long.
    const bytes = Buffer.alloc(scratch.length - end)
    header.copy(bytes)
    type.encode(value, bytes, header.length)
    return bytes
  } catch {
    // avsc's own error is not passed on: it holds the value.
    const paths: string[] = []
    type.isValid(value, { errorHook: (path) => paths.push(path.join('.')) })
    throw new InvalidRecordError(name, paths)
  }
}
