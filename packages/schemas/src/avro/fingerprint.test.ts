import { describe, expect, it } from 'vitest'
import vectors from '../testing/fastavro-vectors.json' with { type: 'json' }
import { canonicalForm } from './canonical-form.ts'
import { fingerprint } from './fingerprint.ts'
import { currentSchema, recordNames } from './schema-catalog.ts'

/**
 * Cases of share/test/data/schema-tests.txt of apache/avro, with their numbers: schema, Parsing Canonical Form,
 * fingerprint as a signed 64-bit number. The form is left out where it is the schema itself.
 */
const CASES: readonly (readonly [id: string, schema: string, form: string | undefined, fingerprint: string])[] = [
  ['000', '"null"', undefined, '7195948357588979594'],
  ['003', '{"type":"boolean"}', '"boolean"', '-6970731678124411036'],
  ['004', '"int"', undefined, '8247732601305521295'],
  ['006', '"long"', undefined, '-3434872931120570953'],
  ['008', '"float"', undefined, '5583340709985441680'],
  ['010', '"double"', undefined, '-8181574048448539266'],
  ['012', '"bytes"', undefined, '5746618253357095269'],
  ['014', '"string"', undefined, '-8142146995180207161'],
  ['017', '[ "int"  ]', '["int"]', '-5232228896498058493'],
  ['018', '[ "int" , {"type":"boolean"} ]', '["int","boolean"]', '5392556393470105090'],
  ['019', '{"fields":[], "type":"record", "name":"foo"}', '{"name":"foo","type":"record","fields":[]}', '-4824392279771201922'],
  ['020', '{"fields":[], "type":"record", "name":"foo", "namespace":"x.y"}', '{"name":"x.y.foo","type":"record","fields":[]}', '5916914534497305771'],
  ['021', '{"fields":[], "type":"record", "name":"a.b.foo", "namespace":"x.y"}', '{"name":"a.b.foo","type":"record","fields":[]}', '-4616218487480524110'],
  ['024', '{"fields":[], "type":"record", "name":"foo", "doc":"foo", "aliases":["foo","bar"]}', '{"name":"foo","type":"record","fields":[]}', '-4824392279771201922'],
  ['025', '{"fields":[{"type":{"type":"boolean"}, "name":"f1"}], "type":"record", "name":"foo"}', '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"}]}', '7843277075252814651'],
  ['027', '{"type":"enum", "name":"foo", "symbols":["A1"]}', '{"name":"foo","type":"enum","symbols":["A1"]}', '-6342190197741309591'],
  ['028', '{"namespace":"x.y.z", "type":"enum", "name":"foo", "doc":"foo bar", "symbols":["A1", "A2"]}', '{"name":"x.y.z.foo","type":"enum","symbols":["A1","A2"]}', '-4448647247586288245'],
  ['029', '{"name":"foo","type":"fixed","size":15}', undefined, '1756455273707447556'],
  ['031', '{ "items":{"type":"null"}, "type":"array"}', '{"type":"array","items":"null"}', '-589620603366471059'],
  ['032', '{ "values":"string", "type":"map"}', '{"type":"map","values":"string"}', '-8732877298790414990'],
  ['033', '{"name":"PigValue","type":"record","fields":[{"name":"value", "type":["null", "int", "long", "PigValue"]}]}', '{"name":"PigValue","type":"record","fields":[{"name":"value","type":["null","int","long","PigValue"]}]}', '-1759257747318642341'],
] // biome-ignore format: a table

describe('fingerprints', () => {
  it.each(CASES)("are those of Avro's own case %s", (_, schema, form, expected) => {
    expect(canonicalForm(schema)).toBe(form ?? schema)
    expect(BigInt.asIntN(64, fingerprint(canonicalForm(schema)))).toBe(BigInt(expected))
  })

  it('of a form that avsc does not take (cases 016, an empty union, and 026, a default of another type)', () => {
    const record = '{"name":"foo","type":"record","fields":[{"name":"f1","type":"boolean"},{"name":"f2","type":"int"}]}'
    expect(BigInt.asIntN(64, fingerprint('[]'))).toBe(-1241056759729112623n)
    expect(BigInt.asIntN(64, fingerprint(record))).toBe(-4860222112080293046n)
  })

  it.each(recordNames)("of %s is the one that Python's fastavro reckons", (name) => {
    const theirs = vectors.find((vector) => vector.name === name)?.bytes.slice(4, 20)
    const ours = Buffer.alloc(8)
    ours.writeBigUInt64LE(currentSchema(name).fingerprint)
    expect(ours.toString('hex')).toBe(theirs)
  })
})
