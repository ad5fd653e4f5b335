/** What must hold between records that were put in and records that came out. */

export interface Violations {
  /** Put in, and never came out. */
  readonly missing: readonly string[]
  /** Came out more than once. */
  readonly repeated: readonly string[]
  /** Came out, and were never put in. */
  readonly foreign: readonly string[]
  /** Came out for the first time after one that was put in later. */
  readonly disordered: readonly string[]
}

export const noViolations: Violations = { missing: [], repeated: [], foreign: [], disordered: [] }

/** Compares one partition's output with its input; each value of the input is unique. */
export function violations(putIn: readonly string[], cameOut: readonly string[]): Violations {
  const place = new Map(putIn.map((value, at) => [value, at]))
  const seen = new Set<string>()
  const repeated: string[] = []
  const foreign: string[] = []
  const disordered: string[] = []
  let latest = -1
  for (const value of cameOut) {
    const at = place.get(value)
    if (at === undefined) foreign.push(value)
    else if (seen.has(value)) repeated.push(value)
    else if (at < latest) disordered.push(value)
    if (at !== undefined) latest = Math.max(latest, at)
    seen.add(value)
  }
  return { missing: putIn.filter((value) => !seen.has(value)), repeated, foreign, disordered }
}
