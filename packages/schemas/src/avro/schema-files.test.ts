import { readFileSync } from 'node:fs'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { GENERATED_FILE, generate, readSchemas } from '../../scripts/generate-types.ts'
import { topicNames, topics } from '../topics.ts'
import type { AvroSchema } from './avro-schema.ts'
import { currentSchema, readableSchema, recordNames, releasedSchemas } from './schema-catalog.ts'

/** What is missing in a schema, by its place. */
function faults(schema: AvroSchema, place: string): string[] {
  if (typeof schema === 'string') return []
  if (isUnion(schema)) {
    const nullLater = schema.includes('null') && schema[0] !== 'null'
    return [
      ...(nullLater ? [`${place}: null is not the first of the union`] : []),
      ...schema.flatMap((branch) => faults(branch, place)),
    ]
  }
  if ('fields' in schema) {
    const fields = schema.fields.flatMap((field) => {
      const at = `${place}.${field.name}`
      const optional = isUnion(field.type) && !('default' in field)
      return [
        ...(field.doc ? [] : [`${at}: no doc`]),
        ...(optional ? [`${at}: no default`] : []),
        ...faults(field.type, at),
      ]
    })
    return [
      ...(schema.doc ? [] : [`${place}: no doc`]),
      ...(schema.namespace ? [] : [`${place}: no namespace`]),
      ...fields,
    ]
  }
  if ('symbols' in schema)
    return [...(schema.doc ? [] : [`${place}: no doc`]), ...(schema.namespace ? [] : [`${place}: no namespace`])]
  if ('items' in schema) return faults(schema.items, place)
  if ('values' in schema || 'size' in schema) return [`${place}: no map and no fixed`]
  return faults(schema.type, place)
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

/** Whether what `writer` wrote can be read with `reader`, by avsc's rules. */
function reads(reader: string, writer: string): boolean {
  try {
    avro.Type.forSchema(JSON.parse(reader)).createResolver(avro.Type.forSchema(JSON.parse(writer)))
    return true
  } catch {
    return false
  }
}

describe('the schema files', () => {
  it.each(readSchemas())(
    '$file: a doc for everything, null first, defaults where a field may be null',
    ({ file, text }) => {
      expect(faults(JSON.parse(text), file)).toEqual([])
    },
  )

  it('are told apart from files that lack any of that', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: ['string', 'null'] }] } as const
    expect(faults(schema, 'R')).toEqual([
      'R: no doc',
      'R: no namespace',
      'R.a: no doc',
      'R.a: no default',
      'R.a: null is not the first of the union',
    ])
  })

  it('are what src/generated/records.ts was made of; after a change: npm run generate -w packages/schemas', () => {
    expect(readFileSync(GENERATED_FILE, 'utf8')).toBe(generate(readSchemas()))
  })

  it('stand in one topic each, and the topics name no other', () => {
    const inTopics = topicNames.flatMap((topic) => [...topics[topic].values])
    expect(inTopics.toSorted()).toEqual([...recordNames].toSorted())
  })
})

describe('the current schemas', () => {
  it('are compatible with every released one, both ways', () => {
    const released = releasedSchemas()
    expect(released.length).toBeGreaterThan(0)
    for (const { name, release, json, fingerprint } of released) {
      const { json: now } = currentSchema(name)
      expect(readableSchema(fingerprint)).toMatchObject({ name })
      expect([name, release, reads(now, json), reads(json, now)]).toEqual([name, release, true, true])
    }
  })

  const before = JSON.stringify({
    type: 'record',
    name: 'a.R',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'kind', type: { type: 'enum', name: 'a.K', symbols: ['x'], default: 'x' } },
    ],
  })
  const after = (
    change: (schema: { fields: { name: string; type: unknown; default?: unknown }[] }) => void,
  ): string => {
    const schema = JSON.parse(before)
    change(schema)
    return JSON.stringify(schema)
  }

  it.each([
    ['a field with a default is added', after(({ fields }) => fields.push({ name: 'b', type: 'int', default: 0 })), true, true],
    ['a symbol is added to an enum with a default', after(({ fields }) => fields.splice(1, 1, { name: 'kind', type: { type: 'enum', name: 'a.K', symbols: ['x', 'y'], default: 'x' } })), true, true],
    ['a field without a default is added', after(({ fields }) => fields.push({ name: 'b', type: 'int' })), false, true],
    ['a field without a default is taken away', after(({ fields }) => fields.splice(0, 1)), true, false],
    ['a field becomes wider', after(({ fields }) => fields.splice(0, 1, { name: 'id', type: ['null', 'string'] })), true, false],
    ['a field has another type', after(({ fields }) => fields.splice(0, 1, { name: 'id', type: 'int' })), false, false],
    ['a field is renamed', after(({ fields }) => fields.splice(0, 1, { name: 'key', type: 'string' })), false, false],
  ])('would be found out: %s', (_, now, backward, forward) => {
    expect([reads(now, before), reads(before, now)]).toEqual([backward, forward])
  }) // biome-ignore format: a table
})
