import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import avro, { type Type } from 'avsc'
import { bodyCheck } from './body-check.ts'
import { fingerprint } from './fingerprint.ts'
import { type Records, schemaFiles } from './generated/records.ts'
import { longType } from './long-type.ts'

const FOLDER = join(import.meta.dirname, '..', 'avro')

/** The full name of a record: `payout.PayoutRequested`. */
export type RecordName = keyof Records

export const recordNames = Object.keys(schemaFiles) as RecordName[]

/** One version of a record's schema. */
export interface SchemaVersion {
  readonly name: RecordName
  /** CRC-64-AVRO of the Parsing Canonical Form. */
  readonly fingerprint: bigint
  /** Reads and writes; every `long` of it is a `longType`, those with a logical type too. */
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
  const type = avro.Type.forSchema(JSON.parse(json), { typeHook: longHook })
  const name = recordNames.find((candidate) => candidate === type.name)
  if (!name) return undefined
  const canonical = canonicalForm(json)
  return { name, type, json, canonical, fingerprint: fingerprint(canonical) }
}

/** In place of `"long"` and of `{"type": "long", "logicalType": …}`: avsc looks only for the first in its registry. */
function longHook(schema: unknown): Type | undefined {
  const name = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : schema
  return name === 'long' ? longType : undefined
}

/** The Parsing Canonical Form of a schema given as JSON (Avro specification). avsc's `schema()` is that form. */
export function canonicalForm(json: string): string {
  return JSON.stringify(avro.Type.forSchema(JSON.parse(json)).schema())
}

function parseFile(path: string): SchemaVersion {
  const version = parseSchema(readFileSync(path, 'utf8'))
  if (!version) throw new RangeError(`${relative(FOLDER, path)} is a record that no current schema has: keep that one`)
  return version
}

const current = new Map(recordNames.map((name) => [name, parseFile(join(FOLDER, schemaFiles[name]))]))

/** A schema of an earlier release. */
export interface ReleasedSchema extends SchemaVersion {
  readonly release: string
}

/** Schemas of earlier releases, all files below `avro/released/<release>/`: written by older services, and read for ever. */
export const released: readonly ReleasedSchema[] = readdirSync(join(FOLDER, 'released'))
  .sort()
  .flatMap((release) =>
    readdirSync(join(FOLDER, 'released', release), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.avsc'))
      .sort()
      .map((file) => ({ ...parseFile(join(FOLDER, 'released', release, file)), release })),
  )

/** The schema that this release writes. */
export function currentSchema(name: RecordName): SchemaVersion {
  const version = current.get(name)
  if (!version) throw new RangeError(`no schema file for ${name}`)
  return version
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

/** Every schema this release reads, by fingerprint. */
export const readable: ReadonlyMap<bigint, ReadableSchema> = new Map(
  [...released, ...current.values()].map((version) => [
    version.fingerprint,
    { name: version.name, read: readerOf(version) },
  ]),
)

/**
 * A reader for a schema that a registry gave out; undefined where it is none of our records.
 * @throws Error of avsc when it is no Avro schema, or one that can't be read as the record of its name.
 */
export function readableFromJson(json: string): ReadableSchema | undefined {
  const version = parseSchema(json)
  return version && { name: version.name, read: readerOf(version) }
}
