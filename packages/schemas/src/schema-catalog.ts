import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import avro, { type Type } from 'avsc'
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
  readonly type: Type
  /** The schema as its file has it: JSON with docs and defaults. */
  readonly json: string
}

function parse(name: RecordName, file: string): SchemaVersion {
  const json = readFileSync(file, 'utf8')
  const type = avro.Type.forSchema(JSON.parse(json), { registry: { long: longType } })
  return { name, type, json, fingerprint: fingerprint(canonicalForm(json)) }
}

/** The Parsing Canonical Form of a schema given as JSON (Avro specification). avsc's `schema()` is that form. */
export function canonicalForm(json: string): string {
  return JSON.stringify(avro.Type.forSchema(JSON.parse(json)).schema())
}

const current = new Map(recordNames.map((name) => [name, parse(name, join(FOLDER, schemaFiles[name]))]))

/** Schemas of earlier releases, `avro/released/<release>/<file>`: written by older services, and read for ever. */
export const released: readonly (SchemaVersion & { readonly release: string })[] = readdirSync(join(FOLDER, 'released'))
  .sort()
  .flatMap((release) =>
    recordNames.flatMap((name) => {
      const folder = join(FOLDER, 'released', release, schemaFiles[name].split('/')[0] ?? '')
      const file = schemaFiles[name].split('/')[1] ?? ''
      if (!readdirSync(folder).includes(file)) return []
      return [{ ...parse(name, join(folder, file)), release }]
    }),
  )

/** The schema that this release writes. */
export function currentSchema(name: RecordName): SchemaVersion {
  const version = current.get(name)
  if (!version) throw new RangeError(`no schema file for ${name}`)
  return version
}

/** Reads bodies written with `writer` into the shape that this release knows; built once a pair. */
function readerOf(writer: SchemaVersion): (body: Buffer) => unknown {
  const reader = currentSchema(writer.name)
  if (reader.fingerprint === writer.fingerprint) return (body) => reader.type.fromBuffer(body)
  const resolver = reader.type.createResolver(writer.type)
  return (body) => reader.type.fromBuffer(body, resolver)
}

/** A schema that can be read, with how. */
export interface ReadableSchema {
  readonly name: RecordName
  readonly read: (body: Buffer) => unknown
}

/** Every schema this release reads, by fingerprint. */
export const readable: ReadonlyMap<bigint, ReadableSchema> = new Map(
  [...released, ...current.values()].map((version) => [
    version.fingerprint,
    { name: version.name, read: readerOf(version) },
  ]),
)

/** A reader for a schema that a registry gave out, where it is one of our records; undefined where its name is none of ours. */
export function readableFromJson(json: string): ReadableSchema | undefined {
  const type = avro.Type.forSchema(JSON.parse(json), { registry: { long: longType } })
  const name = recordNames.find((candidate) => candidate === type.name)
  if (!name) return undefined
  return { name, read: readerOf({ name, json, type, fingerprint: fingerprint(canonicalForm(json)) }) }
}
