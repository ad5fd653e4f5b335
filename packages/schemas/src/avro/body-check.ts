/**
 * Checks the body of a record against the schema that it was written with, before avsc reads it. avsc looks for the
 * end of the bytes only when it is done, so a body of twenty bytes that announces an array of 2^40 items would use up
 * the memory of the process; and it reads what is no UTF-8 as U+FFFD, so that a name would be changed without a word.
 */
import type { AvroSchema } from './avro-schema.ts'
import { BodyCursor, BodyFault } from './body-cursor.ts'

/** Goes over one value. */
type Step = (cursor: BodyCursor) => void

const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1

/**
 * The check for a schema in Parsing Canonical Form: all names full, no attributes that have no meaning for the bytes.
 * @returns a function that throws `BodyFault` when a body is no record of this schema, whole and without a rest.
 */
export function bodyCheck(canonical: AvroSchema): (body: Buffer) => void {
  const step = stepOf(canonical, 'the value', new Map())
  return (body) => {
    const cursor = new BodyCursor(body)
    step(cursor)
    if (cursor.left > 0) throw new BodyFault(`${cursor.left} bytes are left behind the last field`)
  }
}

function stepOf(schema: AvroSchema, what: string, named: Map<string, Step>): Step {
  if (typeof schema === 'string') return primitive(schema, what) ?? ((cursor) => reference(named, schema)(cursor))
  if (isUnion(schema)) return union(schema, what, named)
  if ('fields' in schema) {
    const short = schema.name.slice(schema.name.lastIndexOf('.') + 1)
    const fields = schema.fields.map((field) => [field, `${short}.${field.name}`] as const)
    // Known by its name before its fields are looked at: a record may hold itself.
    named.set(schema.name, (cursor) => {
      for (const step of steps) step(cursor)
    })
    const steps = fields.map(([field, place]) => stepOf(field.type, place, named))
    return reference(named, schema.name)
  }
  if ('symbols' in schema) {
    const step: Step = (cursor) => indexBelow(schema.symbols.length, cursor, what)
    named.set(schema.name, step)
    return step
  }
  if ('size' in schema) {
    const step: Step = (cursor) => cursor.skip(schema.size, what)
    named.set(schema.name, step)
    return step
  }
  if ('items' in schema) return blocks(stepOf(schema.items, what, named), what)
  if ('values' in schema) {
    const text = stepOf('string', what, named)
    const value = stepOf(schema.values, what, named)
    return blocks((cursor) => {
      text(cursor)
      value(cursor)
    }, what)
  }
  return stepOf(schema.type, what, named)
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

function reference(named: ReadonlyMap<string, Step>, name: string): Step {
  const step = named.get(name)
  if (!step) throw new RangeError(`no type ${name} in this schema`)
  return step
}

function primitive(name: string, what: string): Step | undefined {
  switch (name) {
    case 'null':
      return () => undefined
    case 'boolean':
      return (cursor) => {
        if (cursor.byte(what) > 1) throw new BodyFault(`${what} is neither true nor false`)
      }
    case 'int':
      return (cursor) => {
        const value = cursor.number(what)
        if (value < INT_MIN || value > INT_MAX) throw new BodyFault(`${what} is longer than a number of 32 bits`)
      }
    case 'long':
      return (cursor) => void cursor.number(what)
    case 'float':
      return (cursor) => cursor.skip(4, what)
    case 'double':
      return (cursor) => cursor.skip(8, what)
    case 'bytes':
      return (cursor) => cursor.skip(cursor.number(what), what)
    case 'string':
      return (cursor) => cursor.text(cursor.number(what), what)
    default:
      return undefined
  }
}

function union(branches: readonly AvroSchema[], what: string, named: Map<string, Step>): Step {
  const steps = branches.map((branch) => stepOf(branch, what, named))
  return (cursor) => steps[indexBelow(steps.length, cursor, what)]?.(cursor)
}

function indexBelow(count: number, cursor: BodyCursor, what: string): number {
  const index = cursor.number(what)
  if (index < 0 || index >= count) throw new BodyFault(`${what} names a choice that its schema doesn't have`)
  return index
}

/** An array or a map: blocks of items, each with its count, up to one without any. */
function blocks(item: Step, what: string): Step {
  return (cursor) => {
    for (let count = cursor.number(what); count !== 0; count = cursor.number(what)) {
      // A negative count is followed by the bytes of the block.
      const bytes = count < 0 ? cursor.number(what) : undefined
      // No item of ours takes no byte at all.
      if (Math.abs(count) > cursor.left) throw new BodyFault(`${what} announces more items than there are bytes`)
      const before = cursor.left
      for (let index = Math.abs(count); index > 0; index--) item(cursor)
      if (bytes !== undefined && before - cursor.left !== bytes)
        throw new BodyFault(`${what} announces a block of another length than it has`)
    }
  }
}
