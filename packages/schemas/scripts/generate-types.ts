/**
 * Writes src/generated/records.ts: the TypeScript types of every .avsc file, with its path and fingerprint as values,
 * so that the code and the contract can't drift apart. A test compares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AvroEnum, AvroRecord, AvroSchema } from '../src/avro/avro-schema.ts'
import { canonicalForm } from '../src/avro/canonical-form.ts'
import { fingerprint } from '../src/avro/fingerprint.ts'

/** One .avsc file, with its path below avro/. */
export interface SchemaFile {
  readonly file: string
  readonly text: string
}

/** What the formatter leaves on one line, its end counted. */
const LINE_WIDTH = 121

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'string',
  int: 'number',
  long: 'number',
  boolean: 'boolean',
  bytes: 'Buffer',
  null: 'null',
}

/** The whole generated file for the schemas given, in their order. */
export function generate(files: readonly SchemaFile[]): string {
  const parsed = files.map(({ file, text }) => ({ file, schema: JSON.parse(text) as AvroRecord }))
  const top = new Set(parsed.map(({ schema }) => fullName(schema)))
  const types = new TypeWriter(top)
  for (const { schema } of parsed) types.nameOf(schema)

  const rows = [...top].map((name) => `  '${name}': ${typeName(name, top)}\n`)
  const paths = parsed.map(({ file, schema }) => `  '${fullName(schema)}': '${file}',\n`)
  const prints = files.map(({ text }, index) => `  '${[...top][index]}': ${fingerprintLiteral(text)},\n`)
  return [
    '// Generated from avro/*/*.avsc; after a change of those: npm run generate -w packages/schemas\n',
    ...types.declarations,
    `/** Every record by its full name. */\nexport interface Records {\n${rows.join('')}}\n`,
    `/** The file of every record's schema, below avro/. */\nexport const schemaFiles = {\n${paths.join('')}} as const satisfies Record<keyof Records, string>\n`,
    `/** CRC-64-AVRO of every record's schema, so that a schema is found without building all of them. */\nexport const fingerprints = {\n${prints.join('')}} as const satisfies Record<keyof Records, bigint>\n`,
  ].join('\n')
}

function fingerprintLiteral(schema: string): string {
  return `0x${fingerprint(canonicalForm(schema)).toString(16).padStart(16, '0')}n`
}

/** Declares what the schemas define, each type once. */
class TypeWriter {
  readonly #top: ReadonlySet<string>
  readonly #declarations = new Map<string, string>()

  constructor(top: ReadonlySet<string>) {
    this.#top = top
  }

  /** In the order in which they were first met whole. */
  get declarations(): readonly string[] {
    return [...this.#declarations.values()]
  }

  /** How the type is written where it is used. */
  nameOf(schema: AvroSchema): string {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? this.#defined(schema)
    if (isUnion(schema)) return this.#union(schema)
    if ('fields' in schema) return this.#record(schema)
    if ('symbols' in schema) return this.#enum(schema)
    if ('items' in schema) return this.#array(this.nameOf(schema.items))
    if ('values' in schema || 'size' in schema) throw new RangeError(`no TypeScript type for ${JSON.stringify(schema)}`)
    return this.nameOf(schema.type)
  }

  #defined(fullName: string): string {
    const name = typeName(fullName, this.#top)
    if (!this.#declarations.has(name)) throw new RangeError(`no TypeScript type for ${fullName}`)
    return name
  }

  /** null stands last. */
  #union(branches: readonly AvroSchema[]): string {
    const names = [...new Set(branches.map((branch) => this.nameOf(branch)))]
    return [...names.filter((name) => name !== 'null'), ...names.filter((name) => name === 'null')].join(' | ')
  }

  #array(items: string): string {
    return items.includes(' ') ? `readonly (${items})[]` : `readonly ${items}[]`
  }

  #record(schema: AvroRecord): string {
    const name = typeName(fullName(schema), this.#top)
    const fields = schema.fields.map(
      (field) => `${comment(field.doc, '  ')}  readonly ${field.name}: ${this.nameOf(field.type)}\n`,
    )
    this.#declarations.set(name, `${comment(schema.doc, '')}export interface ${name} {\n${fields.join('')}}\n`)
    return name
  }

  #enum(schema: AvroEnum): string {
    const name = typeName(fullName(schema), this.#top)
    const symbols = schema.symbols.map((symbol) => `'${symbol}'`)
    const line = `export type ${name} = ${symbols.join(' | ')}\n`
    const lines = `export type ${name} =\n${symbols.map((symbol) => `  | ${symbol}\n`).join('')}`
    this.#declarations.set(name, `${comment(schema.doc, '')}${line.length > LINE_WIDTH ? lines : line}`)
    return name
  }
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

function fullName({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  if (namespace === undefined) throw new RangeError(`${name} has no namespace`)
  return `${namespace}.${name}`
}

/** `payout.Coordinates` → `PayoutCoordinates`; a top-level record keeps its own name. */
function typeName(fullName: string, top: ReadonlySet<string>): string {
  const [namespace = '', name = ''] = fullName.split('.')
  return top.has(fullName) ? name : namespace.charAt(0).toUpperCase() + namespace.slice(1) + name
}

function comment(doc: string | undefined, indent: string): string {
  if (!doc || doc.includes('*/')) throw new RangeError(`"${doc ?? ''}" can't be the doc of a type or field`)
  return `${indent}/** ${doc} */\n`
}

/** The current schemas, in a stable order. */
export function readSchemas(): SchemaFile[] {
  const root = join(import.meta.dirname, '..', 'avro')
  return ['payout', 'agreement', 'gateway'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => ({ file: `${folder}/${file}`, text: readFileSync(join(root, folder, file), 'utf8') })),
  )
}

export const GENERATED_FILE = join(import.meta.dirname, '..', 'src', 'generated', 'records.ts')

if (import.meta.main) writeFileSync(GENERATED_FILE, generate(readSchemas()))
