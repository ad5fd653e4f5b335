import { MapiError } from '../error.ts'
import type { Parameter } from '../wire/parameter.ts'

/** One row of an interface's table of request parameters. */
export interface ParameterDefinition {
  readonly name: string
  readonly required: boolean
  /** What the value must be, in words that follow the parameter's name: `must be 16 digits`. */
  readonly format: string
  /** Whether a value, never an empty one, is written as `format` says. */
  readonly accepts: (value: string) => boolean
}

/** An interface of the gateway: its own parameter list, in the order in which the parameters are sent. */
export interface InterfaceDefinition {
  readonly service: string
  /** All parameters but `sign`, which is made from the others. */
  readonly parameters: readonly ParameterDefinition[]
  /** A few interfaces sign `sign_type` itself (MAPI-8). */
  readonly signsSignType: boolean
  /** Checks what holds between parameters; throws a MapiError that names the one at fault. */
  readonly checkTogether: (values: ReadonlyMap<string, string>) => void
}

/**
 * Checks parameters against the interface's list and puts them into its order. Parameters without a value count as
 * absent (MAPI-4).
 * @throws MapiError MAPI_PARAMETER_UNKNOWN (MAPI-11), MAPI_PARAMETER_TWICE, MAPI_PARAMETER_MISSING,
 *   MAPI_PARAMETER_FORMAT (MAPI-12) and what `checkTogether` throws; `field` is the parameter's name. The message does
 *   not repeat its value.
 */
export function checkParameters(definition: InterfaceDefinition, parameters: Iterable<Parameter>): Parameter[] {
  const values = new Map<string, string>()
  const names = new Set<string>()
  const known = new Set(definition.parameters.map(({ name }) => name))
  for (const [name, value] of parameters) {
    if (!known.has(name)) {
      throw new MapiError('MAPI_PARAMETER_UNKNOWN', `${definition.service} has no parameter ${name}: leave it out`, {
        field: name,
      })
    }
    if (names.has(name)) {
      throw new MapiError('MAPI_PARAMETER_TWICE', `parameter ${name} is given twice: give it once`, { field: name })
    }
    names.add(name)
    if (value !== '') values.set(name, value)
  }
  const ordered: Parameter[] = []
  for (const { name, required, format, accepts } of definition.parameters) {
    const value = values.get(name)
    if (value === undefined) {
      if (!required) continue
      throw new MapiError('MAPI_PARAMETER_MISSING', `${definition.service} needs parameter ${name}`, { field: name })
    }
    if (!accepts(value)) throw new MapiError('MAPI_PARAMETER_FORMAT', `parameter ${name} ${format}`, { field: name })
    ordered.push([name, value])
  }
  definition.checkTogether(values)
  return ordered
}
