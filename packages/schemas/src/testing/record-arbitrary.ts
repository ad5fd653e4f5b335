import fc from 'fast-check'
import type { AvroSchema } from '../avro/avro-schema.ts'
import { currentSchema, type RecordName, recordNames } from '../avro/schema-catalog.ts'
import type { NamedRecord } from '../codec.ts'

/** Moments that every language's date type can hold: from 1970 to 9999. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Any record of this name. */
export function recordOf(name: RecordName): fc.Arbitrary<NamedRecord> {
  const schema: AvroSchema = JSON.parse(currentSchema(name).json)
  return anyOf(schema, new Map()).map((value) => ({ name, value }) as NamedRecord)
}

/** Any record. */
export const anyRecord: fc.Arbitrary<NamedRecord> = fc.oneof(...recordNames.map(recordOf))

function anyOf(schema: AvroSchema, named: Map<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return primitive(schema) ?? known(named, schema)
  if (isUnion(schema)) return fc.oneof(...schema.map((branch) => anyOf(branch, named)))
  if ('fields' in schema) {
    const fields = schema.fields.map((field) => [field.name, anyOf(field.type, named)] as const)
    return define(named, schema, fc.record(Object.fromEntries(fields)))
  }
  if ('symbols' in schema) return define(named, schema, fc.constantFrom(...schema.symbols))
  if ('items' in schema) return fc.array(anyOf(schema.items, named), { maxLength: 5 })
  if ('values' in schema || 'size' in schema) throw new RangeError(`no values for ${JSON.stringify(schema)}`)
  if ('logicalType' in schema && schema.logicalType === 'timestamp-millis')
    return fc.integer({ min: 0, max: LAST_MOMENT })
  return anyOf(schema.type, named)
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

function define(
  named: Map<string, fc.Arbitrary<unknown>>,
  { namespace, name }: { readonly namespace?: string; readonly name: string },
  values: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  named.set(`${namespace}.${name}`, values)
  return values
}

function known(named: ReadonlyMap<string, fc.Arbitrary<unknown>>, name: string): fc.Arbitrary<unknown> {
  const values = named.get(name)
  if (!values) throw new RangeError(`no type ${name}`)
  return values
}

function primitive(name: string): fc.Arbitrary<unknown> | undefined {
  switch (name) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      return fc.maxSafeInteger()
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 30 })
    case 'bytes':
      return fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))
    default:
      return undefined
  }
}
