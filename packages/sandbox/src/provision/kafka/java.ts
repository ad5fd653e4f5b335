import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findOnPath, runCommand } from '../process/command.ts'

/** Kafka 4's brokers need Java 17. */
export const JAVA_NEEDED = 17

/** The major version in what `java -version` says: 17 for `17.0.15`, 8 for `1.8.0_402`. */
export function javaMajor(said: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(said)
  return match ? Number(match[1]) : undefined
}

/** A Java to run. */
export interface JavaProgram {
  /** The program `java`. */
  readonly java: string
  /** What `java -version` says. */
  readonly version: string
}

/** What was found when Java was looked for. */
export type FoundJava = JavaProgram | { readonly missing: string }

/** Looks for Java 17 or later: JAVA_HOME first, then the PATH. */
export async function findJava(): Promise<FoundJava> {
  const home = process.env.JAVA_HOME
  const candidates = [
    home && existsSync(join(home, 'bin', 'java')) ? join(home, 'bin', 'java') : '',
    findOnPath('java') ?? '',
  ]
  const found: string[] = []
  for (const java of new Set(candidates.filter((path) => path !== ''))) {
    const result = await runCommand(java, ['-version'])
    // What JAVA_TOOL_OPTIONS holds is said first, and is no part of the version.
    const version = result?.code === 0 ? result.output.replaceAll(/^Picked up .*\n/gm, '') : ''
    const major = javaMajor(version)
    if (major !== undefined && major >= JAVA_NEEDED) return { java, version }
    found.push(`${java} is ${major === undefined ? 'not a Java that answers' : `Java ${major}`}`)
  }
  return { missing: found.length === 0 ? 'no java in JAVA_HOME or on the PATH' : found.join('; ') }
}
