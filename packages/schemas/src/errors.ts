import { PipelineError } from './error.ts'

/** The bytes are no record: neither framing begins like this, or the body does not fit its schema. Dead-letter it (S2.3). */
export class NotAvroError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super('SCHEMA_NOT_AVRO', message, options)
  }
}

/**
 * Well framed, but with a schema that this release doesn't know. On a command topic it is a dead letter; on `gateway.*` the lane waits
 * until this service is upgraded (readers before writers).
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
