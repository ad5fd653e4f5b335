import type * as z from 'zod'
import { ConfigurationError, type ConfigurationFault } from './error.ts'
import type { Field, FieldNote } from './field.ts'
import { processEnvironment } from './production-refusals.ts'
import { readSecretFile, SecretFileFault } from './secret-file.ts'

/** The settings of one service, each by the name of its environment variable. */
export type ConfigSchema = z.ZodObject<Readonly<Record<string, Field<unknown>>>>

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads a service's settings from the environment. An empty variable counts as not set. A secret can also stand in
 * the file that `<NAME>_FILE` names; its last line break is cut off.
 * @throws ConfigurationError with all that is wrong; it never repeats the value of a secret.
 */
export function loadConfig<S extends ConfigSchema>(schema: S, env: Environment = processEnvironment()): z.output<S> {
  const faults: ConfigurationFault[] = []
  const values: Record<string, string | undefined> = {}
  for (const [name, field] of Object.entries(schema.shape)) {
    const { value, fault } = readVariable(name, noteOf(field), env)
    values[name] = value
    if (fault) faults.push(fault)
  }
  const result = schema.safeParse(values)
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0])
    const note = noteOf(schema.shape[name])
    // A file that can't be read is one fault, not also a setting that is not there.
    if (faults.some((fault) => fault.name === name || fault.name === `${name}_FILE`)) continue
    faults.push({ name, problem: problem(values[name], issue, note), wayOut: wayOut(name, note) })
  }
  if (faults.length > 0 || !result.success) throw new ConfigurationError(faults)
  return result.data
}

function readVariable(name: string, note: FieldNote, env: Environment): { value?: string; fault?: ConfigurationFault } {
  const value = env[name] || undefined
  const file = note.secret ? env[`${name}_FILE`] || undefined : undefined
  if (file === undefined) return value === undefined ? {} : { value }
  if (value !== undefined) {
    return {
      fault: {
        name: `${name}_FILE`,
        problem: `is set, and so is ${name}`,
        wayOut: `Set one of ${name} and ${name}_FILE`,
      },
    }
  }
  try {
    return { value: readSecretFile(file).replace(/\r?\n$/, '') }
  } catch (error) {
    if (!(error instanceof SecretFileFault)) throw error
    return { fault: { name: `${name}_FILE`, problem: error.problem, wayOut: error.wayOut } }
  }
}

function problem(value: string | undefined, issue: z.core.$ZodIssue, note: FieldNote): string {
  if (value === undefined || note.secret) return issue.message
  return `is "${value}" and ${issue.message}`
}

function wayOut(name: string, note: FieldNote): string {
  const unit = note.unit === undefined ? '' : ` (${note.unit})`
  const example = note.example ?? note.default
  return `${name}${note.secret ? ` or ${name}_FILE` : ''}: ${note.description}${unit}${example === undefined ? '' : `, for example ${example}`}`
}

/** One line of the page of settings. */
export interface ConfigRow extends FieldNote {
  readonly name: string
  /** It has no default, and nothing works without it. */
  readonly required: boolean
}

/** What there is to know about each setting of a schema, in its order. */
export function describeConfig(schema: ConfigSchema): ConfigRow[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    ...noteOf(field),
    name,
    required: !field.safeParse(undefined).success,
  }))
}

function noteOf(field: Field<unknown> | undefined): FieldNote {
  const { description = '', unit, default: standard, example, secret } = field?.meta() ?? {}
  return {
    description,
    ...(typeof unit === 'string' ? { unit } : {}),
    ...(typeof standard === 'string' ? { default: standard } : {}),
    ...(typeof example === 'string' ? { example } : {}),
    ...(secret === true ? { secret } : {}),
  }
}
