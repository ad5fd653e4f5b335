import avro from 'avsc'

/** The Parsing Canonical Form of a schema given as JSON (Avro specification). avsc's `schema()` is that form. */
export function canonicalForm(json: string): string {
  return JSON.stringify(avro.Type.forSchema(JSON.parse(json)).schema())
}
