import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import avro, { type Type } from 'avsc'
import { fingerprints, type Records, schemaFiles } from '../generated/records.ts'
import { bodyCheck } from './body-check.ts'
import { canonicalForm } from './canonical-form.ts'
import { fingerprint } from './fingerprint.ts'
import { longType } from './long-type.ts'
import { textType } from './text-type.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'avro')

/** The full name of a record: `payout.PayoutRequested`. */
export type RecordName = keyof Records

export const recordNames = Object.keys(schemaFiles) as RecordName[]

/** One version of a record's schema. */
export interface SchemaVersion {
  readonly name: RecordName
  /** CRC-64-AVRO of the Parsing Canonical Form. */
  readonly fingerprint: bigint
  /** Reads and writes; each `long` and each `string` in it is ours, those with a logical type too. */
  readonly type: Type
  /** The Parsing Canonical Form. */
  readonly canonical: string
  /** The schema as its file has it: JSON with docs and defaults. */
  readonly json: string
}

/**
 * A schema given as JSON.
 * @returns undefined where it is none of our records.
 * @throws Error of avsc when it is no Avro schema.
 */
function parseSchema(json: string): SchemaVersion | undefined {
  const type = avro.Type.forSchema(JSON.parse(json), { typeHook: ownType })
  const name = recordNames.find((candidate) => candidate === type.name)
  if (!name) return undefined
  const canonical = canonicalForm(json)
  return { name, type, json, canonical, fingerprint: fingerprint(canonical) }
}

/** In place of `"long"` and of `{"type": "long", "logicalType": …}`: avsc looks only for the first in its registry. */
function ownType(schema: unknown): Type | undefined {
  const name = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : schema
  return name === 'long' ? longType : name === 'string' ? textType : undefined
}

function parseFile(path: string): SchemaVersion {
  const version = parseSchema(readFileSync(path, 'utf8'))
  if (!version) throw new RangeError(`${relative(FOLDER, path)} is a record that no current schema has: keep that one`)
  return version
}

/** Those that were asked for: to build all of them would take a tenth of a second of every start. */
const current = new Map<RecordName, SchemaVersion>()

/** The schema that this release writes; built when it is first asked for. */
export function currentSchema(name: RecordName): SchemaVersion {
  const known = current.get(name)
  if (known) return known
  const file: string | undefined = schemaFiles[name]
  if (!file) throw new RangeError(`no schema file for ${name}`)
  const version = parseFile(join(FOLDER, file))
  if (version.fingerprint !== fingerprints[name])
    throw new RangeError(`${file} was changed: npm run generate -w packages/schemas`)
  current.set(name, version)
  return version
}

const namesByFingerprint = new Map<bigint, RecordName>(recordNames.map((name) => [fingerprints[name], name]))

/** A schema of an earlier release. */
export interface ReleasedSchema extends SchemaVersion {
  readonly release: string
}

/**
 * Schemas of earlier releases, all files below `avro/released/<release>/`: written by older services, and read for
 * ever.
 */
export function releasedSchemas(): readonly ReleasedSchema[] {
  return readdirSync(join(FOLDER, 'released'))
    .sort()
    .flatMap((release) =>
      readdirSync(join(FOLDER, 'released', release), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.avsc'))
        .sort()
        .map((file) => ({ ...parseFile(join(FOLDER, 'released', release, file)), release })),
    )
}

/** Reads bodies written with `writer` into the shape that this release knows; built once a pair. */
function readerOf(writer: SchemaVersion): (body: Buffer) => unknown {
  const check = bodyCheck(JSON.parse(writer.canonical))
  const reader = currentSchema(writer.name)
  const resolver = reader.fingerprint === writer.fingerprint ? undefined : reader.type.createResolver(writer.type)
  return (body) => {
    check(body)
    return reader.type.fromBuffer(body, resolver)
  }
}

/** A schema that can be read, with how. */
export interface ReadableSchema {
  readonly name: RecordName
  /** @throws Error when the body is no record of this schema; the message never holds a value of it. */
  readonly read: (body: Buffer) => unknown
}

const readable = new Map<bigint, ReadableSchema>()
let older: ReadonlyMap<bigint, SchemaVersion> | undefined

/** Every schema this release reads, by its fingerprint: the current ones and those of earlier releases. */
export function readableSchema(fingerprint: bigint): ReadableSchema | undefined {
  const known = readable.get(fingerprint)
  if (known) return known
  const version = versionOf(fingerprint)
  if (!version) return undefined
  const schema = { name: version.name, read: readerOf(version) }
  readable.set(fingerprint, schema)
  return schema
}

function versionOf(fingerprint: bigint): SchemaVersion | undefined {
  const name = namesByFingerprint.get(fingerprint)
  if (name) return currentSchema(name)
  older ??= new Map(releasedSchemas().map((version) => [version.fingerprint, version]))
  return older.get(fingerprint)
}

/**
 * A reader for a schema that a registry gave out; undefined where it is none of our records.
 * @throws Error of avsc when it is no Avro schema, or one that can't be read as the record of its name.
 */
export function readableFromJson(json: string): ReadableSchema | undefined {
  const version = parseSchema(json)
  return version && { name: version.name, read: readerOf(version) }
}
