/** What the pages say about the repository is true of it: links, paths, commands, tables, examples. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { loadPartners } from '@payout/runtime/partners/partners'
import { eventType } from '@payout/schemas/cloud-event'
import { compressionType, type TopicDefinition } from '@payout/schemas/topic-definition'
import { topicNames, topics } from '@payout/schemas/topics'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..', '..')

function text(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Files of a folder with this ending, as paths from the root. */
function filesOf(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
}

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesOf('docs', '.md')]

/** The page without its fenced blocks, whose words are no headings and no links. */
function prose(page: string): string {
  return text(page).replace(/^```[\s\S]*?^```$/gm, '')
}

/** The fenced block that follows a mark. */
function blockAfter(page: string, mark: string): string {
  const after = text(page).split(`<!-- ${mark} -->\n`)[1]
  const [, block] = /^```\w*\n([\s\S]*?)^```$/m.exec(after ?? '') ?? []
  if (block === undefined) throw new RangeError(`${page} has no block after <!-- ${mark} -->`)
  return block
}

/** The rows of the table that begins with this head, each as its cells. */
function tableOf(page: string, head: string): string[][] {
  const lines = text(page).split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  if (start < 0) throw new RangeError(`${page} has no table ${head}`)
  const rows = lines.slice(start + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const headings = prose(page).match(/^#+ .*$/gm) ?? []
  return new Set(
    headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe.each(pages)('%s', (page) => {
  it('links to files and headings that are there', () => {
    const links = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path))
      if (!existsSync(join(ROOT, target))) return true
      return anchor !== undefined && !anchorsOf(target).has(anchor)
    })
    expect(broken).toEqual([])
  })

  it('names paths that are there', () => {
    const named = [...prose(page).matchAll(/`((?:packages|services|test|docs|scripts|\.ci)\/[\w./-]+)`/g)]
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

describe('README.md', () => {
  it.each(['docs/snippets/python/pay.py', 'docs/snippets/python/events.py'])('shows %s as it is', (path) => {
    expect(blockAfter('README.md', path)).toBe(text(path))
  })

  it('tells every event of the contract', () => {
    const told = [...text('README.md').matchAll(/`((?:payout|agreement)\.[a-z_]+)`(?=[^|\n]*\|)/g)].map(
      ([, type]) => type,
    )
    const written = [...topics['payout.events'].values, ...topics['agreement.events'].values].map(eventType)
    expect(told.toSorted()).toEqual(written.toSorted())
  })
})

describe('CONTRIBUTING.md', () => {
  it('names the rooms of the packages', () => {
    const rows = tableOf('CONTRIBUTING.md', 'package').map((cells) =>
      cells.map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)),
    )
    const named = rows.map(([folder = [], rooms = []]) => [folder[0], rooms.toSorted()])
    const there = rows.map(([[folder = ''] = []]) => {
      const entries = readdirSync(join(ROOT, folder), { withFileTypes: true })
      const rooms = entries.filter((entry) => entry.isDirectory() && entry.name !== 'testing').map(({ name }) => name)
      return [folder, rooms.toSorted()]
    })
    expect(named).toEqual(there)
  })
})

describe('docs/architecture.md', () => {
  const page = 'docs/architecture.md'

  it('has the states of payout-state.ts', () => {
    const source = text('services/reconciler/src/payout-state/payout-state.ts')
    const lines = [...source.matchAll(/^ \* {5}(\w+) {2,}(\S.*?) {2,}(\S.*)$/gm)].map(([, ...cells]) => cells)
    const [head, ...states] = lines
    expect(head).toEqual(['status', 'what it means', 'evidence that leads out of it'])
    expect(states).toHaveLength(7)
    expect(tableOf(page, 'status')).toEqual(states)
  })

  it('has the topics of the table', () => {
    const kept = ({ cleanupPolicy, retentionMs }: TopicDefinition) => {
      if (cleanupPolicy === 'compact') return 'compacted'
      return retentionMs === -1 ? 'without limit' : `${retentionMs / 86_400_000} days`
    }
    const rows = topicNames.map((name) => {
      const row: TopicDefinition = topics[name]
      const people = [row.writtenBy.join(', '), row.readBy.join(', ') || '–']
      return [`\`${name}\``, ...people, row.partitions, kept(row), compressionType(row)]
    })
    expect(tableOf(page, 'topic')).toEqual(rows)
  })
})

describe('docs/operations.md', () => {
  const page = 'docs/operations.md'

  it.each(['signer', 'gateway-egress', 'gateway-ingress', 'reconciler'] as const)(
    'gives %s the topics that the table gives it',
    (service) => {
      const row = tableOf(page, 'service').find(([name]) => name === `\`${service}\``)
      const named = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name).toSorted()
      const [own = '', back = ''] = (row?.[1] ?? '').split(/to look back:|to rebuild:/)
      const uses = (users: readonly string[]) => users.includes(service)
      expect(named(row?.[2])).toEqual(topicNames.filter((name) => uses(topics[name].writtenBy)).toSorted())
      expect(named(own)).toEqual(topicNames.filter((name) => uses(topics[name].readBy)).toSorted())
      expect(named(back).every((name) => topicNames.some((topic) => topic === name))).toBe(true)
    },
  )

  it('names metrics, settings and codes that are in the sources', () => {
    const sources = ['packages', 'services']
      .flatMap((folder) => filesOf(folder, '.ts'))
      .filter((path) => !path.endsWith('.test.ts'))
      .map(text)
      .join('\n')
    const words = [
      ...prose(page).matchAll(/`((?:signer|egress|ingress|reconciler|event_log|lane|switches)_[a-z_]+)/g),
      ...prose(page).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[`=]/g),
    ].map(([, word = '']) => word)
    // What only Kafka calls so.
    const foreign = new Set(['DESCRIBE_CONFIGS', 'SASL_SSL'])
    expect(words.length).toBeGreaterThan(50)
    expect(
      [...new Set(words)].filter((word) => !foreign.has(word) && !new RegExp(`\\b${word}\\b`).test(sources)),
    ).toEqual([])
  })

  it('quotes log lines as they are written', () => {
    const sources = ['packages', 'services'].flatMap((folder) => filesOf(folder, '.ts')).map(text)
    const quoted = [...text(page).matchAll(/(?:\bline|log has)\s+"([^"]+)"/g)].map(([, line = '']) =>
      line.replace(/\s+/g, ' '),
    )
    expect(quoted.length).toBeGreaterThan(5)
    expect(quoted.filter((line) => !sources.some((source) => source.includes(line)))).toEqual([])
  })

  describe('the partners file and the keys', () => {
    let folder = ''

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'payout-docs-'))
      writeFileSync(join(folder, 'partners.json'), blockAfter(page, 'partners file'))
      execFileSync('bash', ['-euc', blockAfter(page, 'keys')], { cwd: folder, stdio: 'pipe' })
      // What Alipay hands out: here the public halves of our own keys, and a secret for MD5.
      const keys = join(folder, 'keys')
      for (const [ours, theirs] of [
        ['shop.public.pem', 'shop.alipay-2026.pem'],
        ['shop.public.pem', 'shop.alipay-2025.pem'],
        ['depot.public.pem', 'depot.alipay.pem'],
      ] as const) {
        copyFileSync(join(keys, ours), join(keys, theirs))
      }
      writeFileSync(join(keys, 'market.md5'), `${'0a'.repeat(16)}\n`, { mode: 0o640 })
    }, 60_000)
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it.each(['sign', 'verify', 'none'] as const)('are taken in production (keys: %s)', (need) => {
      const partners = loadPartners(join(folder, 'partners.json'), { mode: 'production', need })
      expect(partners.list().map(({ alias, signType }) => [alias, signType])).toEqual([
        ['shop', 'RSA'],
        ['market', 'MD5'],
        ['depot', 'DSA'],
      ])
      expect(partners.get('shop')?.account(null)?.id).toBe('pay@shop.example')
    })

    it('leave no key that everyone can read', () => {
      for (const name of readdirSync(join(folder, 'keys'))) {
        expect(statSync(join(folder, 'keys', name)).mode & 0o007, name).toBe(0)
      }
    })

    it('send notifies to the alias that they belong to', () => {
      for (const { alias, notifyUrl } of loadPartners(join(folder, 'partners.json'), {
        mode: 'production',
        need: 'none',
      }).list())
        expect(notifyUrl.endsWith(`/notify/${alias}`)).toBe(true)
    })
  })
})
