/** Pages use the words of docs/glossary.md, and not those that came before them. CHANGELOG.md names both. */
import { describe, expect, it } from 'vitest'
import { repository, type SourceFile } from './repository.ts'

/** Words that are not used any more, and what to write instead. */
const INSTEAD: readonly (readonly [not: RegExp, word: string])[] = [
  [/\bfloors?\b|_FLOOR\b/i, 'checkpoint'],
  [/\bwork(?:s|ed|ing)? off\b/i, 'process, processed'],
  [/\bdue dates?\b/i, 'timer'],
  [/\bgateway\.due\b/, 'gateway.timers'],
  [/\bgateway\.decisions\b/, 'gateway.commands'],
  [/\bHELD_MIB\b/, 'BACKLOG_MAX_MIB'],
  [/\bevent_log_lane(?:s|_ends_total)\b/, 'event_log_tasks, event_log_task_ends_total'],
  [/\blane_halted\b/, 'task_halted'],
  [/\begress_batch(?:es|_bytes)\b/, 'egress_requests, egress_request_bytes'],
  [/\bLOG_LANE_ENDED\b/, 'LOG_TASK_ENDED'],
  [/\bLANE_OFFSETS_BEHIND\b/, 'TASK_OFFSETS_BEHIND'],
  [/(?<!--)\bseed [1-4]\b/i, "the document's name: docs/alipay-documents.md"],
]

/** The places of such words, each as `path:line: found: word`. */
function faultsOf({ path, text }: SourceFile): string[] {
  return text.split('\n').flatMap((line, at) =>
    INSTEAD.flatMap(([not, word]) => {
      const found = not.exec(line)?.[0]
      return found === undefined ? [] : [`${path}:${at + 1}: ${found}: write ${word}`]
    }),
  )
}

describe('words', () => {
  it('a page uses those of the glossary', () => {
    const pages = repository().filter(({ path }) => path.endsWith('.md') && path !== 'CHANGELOG.md')
    expect(pages.length).toBeGreaterThan(50)
    expect(pages.flatMap(faultsOf)).toEqual([])
  })

  it.each([
    ['below the floor a record was worked off', ['floor: write checkpoint', 'worked off: write process, processed']],
    ['`gateway.due` has due dates', ['due dates: write timer', 'gateway.due: write gateway.timers']],
    ['raise HELD_MIB', ['HELD_MIB: write BACKLOG_MAX_MIB']],
    ['`npm run crash -- --seed 1`, EGRESS_BELOW_CHECKPOINT', []],
  ])('finds what breaks it: %s', (text, faults) => {
    expect(faultsOf({ path: 'docs/x.md', text })).toEqual(faults.map((fault) => `docs/x.md:1: ${fault}`))
  })
})
