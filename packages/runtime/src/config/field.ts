import { isIP } from 'node:net'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@payout/schemas/units'
import * as z from 'zod'
import { readPublicFile, readSecretFile, SecretFileFault } from './secret-file.ts'

/** What is written about one setting: the generated page of settings, and the way out of a fault, are made of it. */
export interface FieldNote {
  /** A noun phrase without a full stop. */
  readonly description: string
  /** Unit or format of the value: `milliseconds`, `host:port,host:port`. */
  readonly unit?: string
  /** As it would be written in the environment. */
  readonly default?: string
  /** A value as an example, for one without a default. */
  readonly example?: string
  /** Its value is never repeated, and it can be read from the file that `<NAME>_FILE` names. */
  readonly secret?: boolean
}

/** One setting: reads the text of an environment variable. */
export type Field<T> = z.ZodType<T, string | undefined>

type Reading<T> = { readonly value: T } | { readonly problem: string }

function field<T>(note: FieldNote, read: (text: string) => Reading<T>): Field<T> {
  const reading = z.string({ error: 'is not set' }).transform((text, context) => {
    const result = read(text)
    if ('value' in result) return result.value
    context.addIssue({ code: 'custom', message: result.problem })
    return z.NEVER
  })
  return (note.default === undefined ? reading : reading.prefault(note.default)).meta({ ...note })
}

/** The same setting, undefined where it is not set. */
export function optional<T>(inner: Field<T>): Field<T | undefined> {
  return inner.optional().meta({ ...inner.meta() })
}

/** Any text; `pattern` with the words for what it demands. */
export function text(note: FieldNote, demand?: { readonly pattern: RegExp; readonly words: string }): Field<string> {
  return field(note, (value) =>
    demand && !demand.pattern.test(value) ? { problem: `must be ${demand.words}` } : { value },
  )
}

/** One of several words; they are its format where the note has none. */
export function oneOf<const T extends string>(note: FieldNote, words: readonly T[]): Field<T> {
  return field({ unit: words.join(', '), ...note }, (value) => {
    const word = words.find((candidate) => candidate === value)
    return word === undefined ? { problem: `must be one of ${words.join(', ')}` } : { value: word }
  })
}

/** `true` or `false` (`1` and `0` too). */
export function flag(note: FieldNote): Field<boolean> {
  return field({ unit: 'true or false', ...note }, (value) => {
    if (value === 'true' || value === '1') return { value: true }
    return value === 'false' || value === '0' ? { value: false } : { problem: 'must be true or false' }
  })
}

/** A whole number from `min` to `max`. */
export function integer(note: FieldNote, { min, max }: { readonly min: number; readonly max: number }): Field<number> {
  return field(note, (value) => {
    const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN
    return number >= min && number <= max
      ? { value: number }
      : { problem: `must be a whole number from ${min} to ${max}` }
  })
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
}

/**
 * A time span with its unit, `500ms`, `10s`, `5m`, `25h` or `30d`; in milliseconds afterwards. `min` and `max` are
 * written so too.
 */
export function timeSpan(note: FieldNote, { min, max }: { readonly min: string; readonly max: string }): Field<number> {
  const lowest = spanMs(min)
  const highest = spanMs(max)
  return field({ unit: 'number with ms, s, m, h or d', ...note }, (value) => {
    const ms = spanMs(value)
    return ms >= lowest && ms <= highest
      ? { value: ms }
      : { problem: `must be a time from ${min} to ${max}, a number with ms, s, m, h or d` }
  })
}

function spanMs(text: string): number {
  const [, number, unit = ''] = /^(-?\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? []
  return number === undefined ? Number.NaN : Number(number) * (UNIT_MS[unit] ?? Number.NaN)
}

/** `host:port` of one or several servers, IPv6 hosts in brackets. */
export function addresses(note: FieldNote): Field<{ host: string; port: number }[]> {
  return field({ unit: 'host:port,host:port', ...note }, (value) => {
    const list: { host: string; port: number }[] = []
    for (const address of value.split(',').map((part) => part.trim())) {
      const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s/@]+)):(\d{1,5})$/.exec(address) ?? []
      const host = bracketed ?? plain
      if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
        return { problem: 'must be host:port,host:port' }
      list.push({ host, port: Number(port) })
    }
    return { value: list }
  })
}

/**
 * Addresses, and networks with the number of their fixed bits: `10.0.0.5,10.1.0.0/16,fd00::/8`; as they are written,
 * afterwards.
 */
export function networks(note: FieldNote): Field<string[]> {
  return field({ unit: 'address or address/bits,…', ...note }, (value) => {
    const list = value.split(',').map((part) => part.trim())
    return list.every(isNetwork)
      ? { value: list }
      : { problem: 'must be addresses or networks (10.1.0.0/16), with commas' }
  })
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128))
}

/** The path of a certificate; its text afterwards. */
export function certificateFile(note: FieldNote): Field<string> {
  return field({ unit: 'path', ...note }, (path) => fileText(() => readPublicFile(path)))
}

/** The path of a private key, which everyone else must not be able to read; its text afterwards. */
export function keyFile(note: FieldNote): Field<string> {
  return field({ unit: 'path', ...note }, (path) => fileText(() => readSecretFile(path)))
}

function fileText(read: () => string): Reading<string> {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof SecretFileFault) return { problem: error.message }
    throw error
  }
}
