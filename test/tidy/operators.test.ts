import { describe, expect, it } from 'vitest'
import { filesNamed, importsOf } from '../../scripts/docs/source-imports.ts'
import { manifest, repository } from './repository.ts'

/** What an operator's command never loads: the stand-in for Alipay's side, and the demonstration. */
const FORBIDDEN = /^packages\/(?:sandbox|demo)\//

/** Texts of files, by their paths. */
type Sources = ReadonlyMap<string, string>

const sources: Sources = new Map(
  repository()
    .filter(({ path }) => /^(?:packages|services)\/.*\.(?:ts|mjs)$/.test(path))
    .map(({ path, text }) => [path, text]),
)

/**
 * The shortest ways from a program to each file of what it must not load, `a.ts → b.ts`: through static, dynamic and type-only imports.
 * What can't be followed is a fault too: an import of a file that is not there, or one that is worked out while the program runs.
 */
function forbiddenWays(program: string, all: Sources): string[] {
  const faults: string[] = []
  const ways = new Map([[program, program]])
  // A Map gives what is added while it is walked, too.
  for (const [file, way] of ways) {
    const text = all.get(file)
    if (text === undefined) faults.push(`${way}: no such file`)
    else if (FORBIDDEN.test(file)) faults.push(way)
    else {
      if (/\bimport\(\s*[^'"\s]/.test(text)) faults.push(`${way}: an import that can't be followed`)
      for (const specifier of importsOf(text)) {
        const named = filesNamed(specifier, file)
        // What is not there is a way, too: to a fault.
        const next = named.find((one) => all.has(one)) ?? named[0]
        if (next !== undefined && !ways.has(next)) ways.set(next, `${way} → ${next}`)
      }
    }
  }
  return faults
}

/** The programs that operators run: commands and services. */
function operatorsPrograms(scripts: Readonly<Record<string, string>>): string[] {
  return Object.values(scripts).flatMap(
    (script) => /\bnode ((?:packages\/cli|services)\/\S+\.ts)/.exec(script)?.slice(1) ?? [],
  )
}

describe("an operator's program", () => {
  const programs = operatorsPrograms(manifest('package.json').scripts ?? {})

  it('is every command, every service and rebuild', () => {
    expect(programs.filter((path) => path.startsWith('packages/cli/src/commands/'))).toHaveLength(9)
    expect(programs.filter((path) => path.startsWith('services/'))).toHaveLength(5)
    expect(programs).toHaveLength(14)
  })

  it.each(programs)('loads neither sandbox nor demonstration: %s', (program) => {
    expect(forbiddenWays(program, sources)).toEqual([])
  })
})

describe('the search for what is loaded', () => {
  it('follows imports by path and by name, static, dynamic and of types', () => {
    const start = 'packages/cli/src/commands/x.ts'
    const sample = new Map([
      [start, "import { a } from '../a.ts'\nimport type { D } from '@payout/demo/d'"],
      ['packages/cli/src/a.ts', "const b = await import('@payout/runtime/deep/b')\nimport '../src/commands/x.ts'"],
      ['packages/runtime/src/deep/b.ts', "export { c } from '@payout/sandbox/c'"],
      ['packages/sandbox/src/c.ts', ''],
      ['packages/demo/src/d.ts', ''],
    ])
    expect(forbiddenWays(start, sample)).toEqual([
      `${start} → packages/demo/src/d.ts`,
      `${start} → packages/cli/src/a.ts → packages/runtime/src/deep/b.ts → packages/sandbox/src/c.ts`,
    ])
  })

  it('finds what it cannot follow', () => {
    const sample = new Map([['services/x/src/main.ts', "import './gone.ts'\nawait import(name)"]])
    expect(forbiddenWays('services/x/src/main.ts', sample)).toEqual([
      "services/x/src/main.ts: an import that can't be followed",
      'services/x/src/main.ts → services/x/src/gone.ts: no such file',
    ])
  })

  it('finds the programs by their scripts', () => {
    const scripts = {
      check: 'tsc --noEmit',
      up: 'exec node packages/demo/src/up.ts',
      pay: 'exec node packages/cli/src/pay.ts',
    }
    expect(operatorsPrograms(scripts)).toEqual(['packages/cli/src/pay.ts'])
  })
})
