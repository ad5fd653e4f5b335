import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from './repository.ts'

/** Imports by the workspace that they stand in: what lint refuses, and what it takes. */
const IMPORTS = {
  'packages/schemas': { refused: ['@payout/mapi/fen', '@payout/runtime/clock', 'kafkajs'], taken: ['avsc'] },
  'packages/mapi': {
    refused: ['@payout/runtime/clock', '@payout/sandbox/x', 'node:fs', 'node:http', 'ioredis'],
    taken: ['@payout/schemas/error', 'iconv-lite'],
  },
  'packages/runtime': {
    refused: ['@payout/sandbox/x', '@payout/cli/x', '@payout/signer/app', '../../../services/signer/src/app.ts'],
    taken: ['@payout/schemas/error', '@payout/mapi/fen', 'kafkajs'],
  },
  'packages/sandbox': {
    refused: [
      '@payout/cli/x',
      '@payout/demo/x',
      '@payout/signer/app',
      '@payout/gateway-egress/app',
      '../../../services/signer/src/app.ts',
    ],
    taken: ['@payout/runtime/clock', '@payout/mapi/fen'],
  },
  'packages/cli': {
    refused: [
      '@payout/sandbox/x',
      '@payout/demo/x',
      '@payout/reconciler/app',
      'kafkajs',
      '../../../services/signer/src/app.ts',
    ],
    taken: ['@payout/runtime/clock', '@payout/mapi/fen'],
  },
  'packages/demo': {
    refused: ['@payout/reconciler/app', 'kafkajs', '../../../services/signer/src/app.ts'],
    taken: ['@payout/sandbox/x', '@payout/cli/x', '@payout/runtime/clock'],
  },
  'services/signer': {
    refused: [
      '@payout/reconciler/app',
      '@payout/gateway-ingress/app',
      '@payout/sandbox/x',
      '@payout/cli/x',
      '@payout/demo/x',
      'kafkajs',
      'ioredis',
    ],
    taken: ['@payout/runtime/clock', '@payout/mapi/fen', '@payout/schemas/error'],
  },
} as const

/** Two files in a circle: one of its arrows is a type's only. */
const CIRCLE = {
  'packages/mapi/src/circle/one.ts':
    "import type { Two } from './two.ts'\n\nexport interface One {\n  readonly two: Two\n}\n",
  'packages/mapi/src/circle/two.ts':
    "import type { One } from './one.ts'\n\nexport interface Two {\n  readonly one: One\n}\n",
} as const

/** What else lint has to refuse, by the rule that does. */
const MISTAKES = {
  'nursery/noFloatingPromises': 'async function pay(): Promise<void> {}\npay()\n',
  'suspicious/noExplicitAny': 'export const x = (y: any) => y\n',
  'style/noNonNullAssertion': 'export const x = (y?: string) => y!.length\n',
  'correctness/noUnusedVariables': 'const x = 1\n',
} as const

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: unknown } }[]
}

describe('lint', () => {
  let folder: string
  /** The rules that each seeded file breaks. */
  const broken = new Map<string, string[]>()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lint-'))
    for (const file of ['biome.json', '.gitignore', 'tsconfig.json']) cpSync(join(ROOT, file), join(folder, file))
    const seed = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    for (const [workspace, { refused, taken }] of Object.entries(IMPORTS)) {
      for (const specifier of [...refused, ...taken]) seed(fileOf(workspace, specifier), `import '${specifier}'\n`)
    }
    for (const [path, text] of Object.entries(CIRCLE)) seed(path, text)
    for (const [rule, text] of Object.entries(MISTAKES)) seed(`services/signer/src/${rule.split('/')[1]}.ts`, text)
    const biome = join(ROOT, 'node_modules', '.bin', 'biome')
    const report = await promisify(execFile)(biome, ['lint', '--reporter=json', '--max-diagnostics=none', '.'], {
      cwd: folder,
    }).catch((failure: { stdout: string }) => failure)
    for (const { category, location } of (JSON.parse(report.stdout) as Report).diagnostics) {
      const path = typeof location.path === 'string' ? location.path : String((location.path as { file?: string }).file)
      broken.set(path, [...(broken.get(path) ?? []), category.replace('lint/', '')])
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const imports = Object.entries(IMPORTS)
  it.each(imports.flatMap(([workspace, { refused }]) => refused.map((specifier) => [workspace, specifier])))(
    'refuses that %s imports %s',
    (workspace, specifier) => {
      expect(broken.get(fileOf(workspace, specifier))).toContain('style/noRestrictedImports')
    },
  )

  it.each(imports.flatMap(([workspace, { taken }]) => taken.map((specifier) => [workspace, specifier])))(
    'takes that %s imports %s',
    (workspace, specifier) => {
      expect(broken.get(fileOf(workspace, specifier)) ?? []).toEqual([])
    },
  )

  it.each(Object.keys(CIRCLE))('refuses the circle of imports in which %s is, types included', (path) => {
    expect(broken.get(path)).toContain('suspicious/noImportCycles')
  })

  it.each(Object.keys(MISTAKES))('refuses by %s', (rule) => {
    expect(broken.get(`services/signer/src/${rule.split('/')[1]}.ts`)).toContain(rule)
  })
})

function fileOf(workspace: string, specifier: string): string {
  return `${workspace}/src/${specifier.replaceAll(/[^a-z]+/g, '-').replace(/^-/, '')}.ts`
}
