/**
 * Writes src/generated/records.ts: the TypeScript types of every .avsc file, and the files themselves as values, so that the code and the
 * contract can't drift apart. `--check` only compares, and ends with 1 when they differ.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Schema =
  | string
  | Schema[]
  | { type: 'record'; name: string; namespace?: string; doc?: string; fields: Field[] }
  | { type: 'enum'; name: string; namespace?: string; symbols: string[] }
  | { type: 'array'; items: Schema }
  | { type: string; logicalType?: string }

interface Field {
  name: string
  type: Schema
  doc: string
}

const PRIMITIVES: Record<string, string> = {
  string: 'string',
  int: 'number',
  long: 'number',
  boolean: 'boolean',
  bytes: 'Buffer',
  null: 'null',
}

/** `payout.Coordinates` → `PayoutCoordinates`; a top-level record keeps its own name. */
function typeName(fullName: string, top: ReadonlySet<string>): string {
  const [namespace = '', name = ''] = fullName.split('.')
  return top.has(fullName) ? name : namespace.charAt(0).toUpperCase() + namespace.slice(1) + name
}

/** The whole generated file for the schemas given, in their order. */
export function generate(schemas: readonly { file: string; text: string }[]): string {
  const parsed = schemas.map(({ file, text }) => ({
    file,
    schema: JSON.parse(text) as { namespace: string; name: string } & Schema,
  }))
  const top = new Set(parsed.map(({ schema }) => `${schema.namespace}.${schema.name}`))
  const done = new Map<string, string>()

  const walk = (schema: Schema): string => {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? typeName(schema, top)
    if (Array.isArray(schema)) return [...new Set(schema.map(walk))].sort((a) => (a === 'null' ? 1 : -1)).join(' | ')
    if ('symbols' in schema) {
      const name = typeName(`${schema.namespace ?? ''}.${schema.name}`, top)
      done.set(name, `export type ${name} = ${schema.symbols.map((symbol) => `'${symbol}'`).join(' | ')}\n`)
      return name
    }
    if ('items' in schema) return `readonly ${walk(schema.items)}[]`
    if ('fields' in schema) {
      const name = typeName(`${schema.namespace ?? ''}.${schema.name}`, top)
      const fields = schema.fields.map(
        (field) => `  /** ${field.doc} */\n  readonly ${field.name}: ${walk(field.type)}\n`,
      )
      done.set(name, `/** ${schema.doc ?? ''} */\nexport interface ${name} {\n${fields.join('')}}\n`)
      return name
    }
    return walk(schema.type)
  }
  for (const { schema } of parsed) walk(schema)

  const rows = [...top].map((name) => `  '${name}': ${typeName(name, top)}\n`)
  const files = parsed.map(({ file, schema }) => `  '${schema.namespace}.${schema.name}': '${file}',\n`)
  return [
    '// Generated from avro/*/*.avsc by scripts/generate-types.ts; `npm run check` compares.\n',
    ...done.values(),
    `/** Every record by its full name. */\nexport interface Records {\n${rows.join('')}}\n`,
    `/** The file of every record's schema, below avro/. */\nexport const schemaFiles = {\n${files.join('')}} as const satisfies Record<keyof Records, string>\n`,
  ].join('\n')
}

/** The current schemas, in a stable order. */
export function readSchemas(): { file: string; text: string }[] {
  const root = join(import.meta.dirname, '..', 'avro')
  return ['payout', 'gateway'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => ({ file: `${folder}/${file}`, text: readFileSync(join(root, folder, file), 'utf8') })),
  )
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'src', 'generated', 'records.ts')
  const text = generate(readSchemas())
  if (!process.argv.includes('--check')) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(
      'src/generated/records.ts differs from the .avsc files: run npm run generate -w packages/schemas\n',
    )
    process.exit(1)
  }
}
