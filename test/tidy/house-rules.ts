import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eventType } from '@payout/schemas/cloud-event'
import { topicNames, topics } from '@payout/schemas/topics'
import { importsOf } from '../../scripts/docs/source-imports.ts'
import { packageOf, ROOT, type SourceFile } from './repository.ts'

/** One rule of the house. A fault is a line, and what to write instead. */
export interface HouseRule {
  readonly name: string
  /** What it looks at. */
  readonly files: RegExp
  readonly except?: RegExp
  /** Texts of the file that break it, and why. */
  readonly faults: (file: SourceFile) => { readonly found: string; readonly why: string }[]
  /** A file that breaks it: proof that the rule can fail. */
  readonly sample: SourceFile
}

const code = /\.(ts|mjs)$/

/** Where the two clients may be imported. Everything else goes through the ports of packages/runtime. */
const CLIENTS: Readonly<Record<string, RegExp>> = {
  kafkajs: /^(packages\/runtime\/src\/event-log|test\/contract|test\/provision|test\/bench)\//,
  ioredis: /^(packages\/runtime\/src\/redis|test\/contract|test\/provision)\//,
}

const topicPattern = topicNames.map((name) => name.replaceAll('.', '\\.')).join('|')
const eventTypes = Object.values(topics).flatMap(({ values }) => values.map((name) => eventType(name)))
const known: ReadonlySet<string> = new Set([...topicNames, ...eventTypes])

export const houseRules: readonly HouseRule[] = [
  {
    name: 'the clients of Kafka and Redis are imported behind their ports only',
    files: code,
    faults: ({ path, text }) =>
      importsOf(text).flatMap((specifier) => {
        const client = packageOf(specifier) ?? ''
        const allowed = CLIENTS[client]
        return allowed === undefined || allowed.test(path)
          ? []
          : [{ found: specifier, why: 'use the ports in packages/runtime: event-log/port.ts, redis/port.ts' }]
      }),
    sample: { path: 'services/signer/src/x.ts', text: "import { Kafka } from 'kafkajs'" },
  },
  {
    name: 'lanes are started by startTasks, whose handlers get a session with checkpoints',
    files: /^(packages|services|scripts)\/.*\.(ts|mjs)$/,
    // Port to port: what passes a consumer's options on.
    except: /\.test\.ts$|^packages\/runtime\/src\/(?:task\/start-tasks|schema-registry\/log)\.ts$/,
    faults: matches(
      /\.consume\b/g,
      'use startTasks of packages/runtime: it checks offsets and raises checkpoints (S2.4, S2.5)',
    ),
    sample: { path: 'services/signer/src/x.ts', text: 'return log.consume({ group, lanes, topics, handler })' },
  },
  {
    name: 'the real name of a topic is made by qualifiedTopic alone',
    files: /\.ts$/,
    except: /\.test\.ts$|^test\/|^packages\/schemas\/src\/topics\.ts$/,
    faults: matches(new RegExp(`\\}\\.(?:${topicPattern})\\b`, 'g'), 'use qualifiedTopic(namespace, topic)'),
    sample: { path: 'packages/runtime/src/x.ts', text: ['const topic = `$', '{namespace}.gateway.requests`'].join('') },
  },
  {
    name: 'a page names topics and event types that there are',
    files: /\.md$/,
    // Its tables name what there was.
    except: /^CHANGELOG\.md$/,
    faults: ({ text }) =>
      [...text.matchAll(/`((?:payout|gateway)\.[a-z_-]+(?:\.[a-z]+)?)`/g)]
        .filter(([, word = '']) => !known.has(word))
        .map(([found]) => ({ found, why: 'no such topic or event type in packages/schemas' })),
    sample: { path: 'docs/x.md', text: 'Read `payout.outcomes`.' },
  },
  {
    name: 'a page that the code names is there',
    files: code,
    except: /^(?:test\/tidy|scripts)\//,
    faults: ({ text }) =>
      [...text.matchAll(/(?<![\w./`-])((?:docs\/[\w/-]+|[A-Z]{4,})\.md)\b/g)]
        .map(([, found = '']) => found)
        .filter((found) => !existsSync(join(ROOT, found)))
        .map((found) => ({ found, why: 'no such file' })),
    sample: { path: 'packages/mapi/src/x.ts', text: '// see PLANS.md' },
  },
  {
    name: 'every test runs, and alone is none',
    files: /\.(test|cluster)\.ts$|^test\//,
    faults: matches(
      /\b(?:it|test|describe|bench)\.(?:only|skip|todo|fails|skipIf|runIf)\b/g,
      'a test runs, or is not there',
    ),
    sample: { path: 'packages/mapi/src/x.test.ts', text: "it.only('runs', () => {})" },
  },
  {
    name: 'nothing is left for later',
    files: /\.(ts|mjs|md|json|avsc|sh|py|java|yml|xml)$/,
    faults: matches(/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/g, 'do it now, or leave it out'),
    sample: { path: 'README.md', text: `// ${'TO'}${'DO'}: later` },
  },
  {
    name: 'the type checker is not switched off',
    files: code,
    except: /\.test\.ts$|^test\//,
    faults: matches(/@ts-[a-z]+(?!\w)|\bas any\b|\bas unknown as\b/g, 'write the type'),
    sample: { path: 'packages/mapi/src/x.ts', text: `const x = y ${'as'} any` },
  },
  {
    name: 'no address of a package registry, no path of one machine',
    files: /./,
    faults: matches(
      /https?:\/\/(?:registry\.|repo[0-9]?\.|[\w.-]*(?:artifactory|nexus|verdaccio|jfrog))[\w./-]*|(?<![\w.}$-])\/(?:Users|home|root|work|private)\/[\w.-]+/g,
      'it is different elsewhere: leave it to the settings of who runs this',
    ),
    sample: { path: 'packages/cli/src/x.ts', text: `const folder = '/${'home'}/me/pipeline'` },
  },
  {
    name: 'a command writes by speech.ts alone, which shows what a text from outside may not do to a terminal',
    files: /^packages\/(?:cli|demo)\/src\/.*\.ts$/,
    except: /\.test\.ts$|^packages\/cli\/src\/terminal\/(?:speech|progress)\.ts$/,
    faults: matches(
      /\b(?:process\.std(?:out|err)\.write|console\.[a-z]+|styleText)\b/g,
      'use say`…`, sayAside`…` and words`…` of speech.ts',
    ),
    sample: { path: 'packages/cli/src/x.ts', text: 'process.stdout.write(`$' + '{payoutId} is paid`)' },
  },
  {
    name: 'what a service or a script says to a person is printable',
    files: /^(?:services|packages\/(?:runtime|sandbox))\/.*\.ts$/,
    except: /\.test\.ts$|\/testing\//,
    faults: matches(
      /\b(?:process\.std(?:out|err)\.write|console\.[a-z]+)\((?!(?:`\$\{)?(?:escapeUnprintable|printableJson))[^\n]*/g,
      'use escapeUnprintableLines of packages/mapi, or the logger',
    ),
    sample: { path: 'services/signer/src/x.ts', text: 'console.error(error.message)' },
  },
  {
    name: 'a TypeScript import names its file, and no test is imported',
    files: /\.ts$/,
    faults: ({ text }) =>
      importsOf(text)
        .filter(
          (specifier) =>
            (specifier.startsWith('.') && !/\.(ts|js|json)$/.test(specifier)) || /\.test(\.ts)?$/.test(specifier),
        )
        .map((found) => ({ found, why: 'write the extension; move what two tests share to a file of its own' })),
    sample: { path: 'packages/mapi/src/x.ts', text: "import { x } from './y'" },
  },
]

function matches(pattern: RegExp, why: string): HouseRule['faults'] {
  return ({ text }) => [...text.matchAll(pattern)].map(([found]) => ({ found, why }))
}

/** The faults of a file by one rule, each as `path:line: found: why`. */
export function faultsOf(rule: HouseRule, file: SourceFile): string[] {
  if (!rule.files.test(file.path) || rule.except?.test(file.path)) return []
  const seen = new Map<string, number>()
  return rule.faults(file).map(({ found, why }) => {
    const at = file.text.indexOf(found, seen.get(found) ?? 0)
    seen.set(found, at + found.length)
    const line = file.text.slice(0, at).split('\n').length
    return `${file.path}:${line}: ${found}: ${why}`
  })
}
