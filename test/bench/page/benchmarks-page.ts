import { markdownTable } from '../../../scripts/docs/markdown-table.ts'
import type { Figure } from '../figure.ts'
import { spreadWords } from './figure-words.ts'
import type { Measurement } from './measurement.ts'
import { ratios, reachesGoal, spread } from './spread.ts'

const COLUMNS = 120
const BEGIN = '<!-- benchmarks -->'
const END = '<!-- /benchmarks -->'

const HEAD = `# Benchmarks

<!-- Written by \`npm run bench\` from benchmarks/measured.json and test/bench/page/notes.ts; \`npm run bench -- --page\`
     writes it anew without measuring. -->

Each figure of ours stands beside the same work done by the bare tool: the least that it can cost. Both are measured in
turns, on the same machine, in several rounds. A figure is the median of the rounds, with the lowest and the highest in
parentheses. The *ratio* compares them round by round: 1 is as good as the bare tool, and more is better. Most figures
are CPU time, that is user and system time of a process, since what else a machine does hardly changes it.

\`\`\`sh
npm run bench                        # all of it, about half an hour
npm run bench -- signing ingress     # some of it; the other figures stay
npm run bench -- --short             # a quick look, which writes nothing
\`\`\`
`

/**
 * The page of the benchmarks.
 * @param why reasons by the ids of figures; shown where the goal is not reached
 */
export function benchmarksPage(measurements: readonly Measurement[], why: Readonly<Record<string, string>>): string {
  const figures = measurements.flatMap((measurement) => measurement.figures)
  return `${[
    HEAD.trimEnd(),
    '## All figures',
    summaryTable(figures),
    ...measurements.flatMap((measurement) => section(measurement, why)),
    '## Machine and versions',
    ...surroundingsTables(measurements),
  ].join('\n\n')}\n`
}

/** README.md with the figures of these ids between its marks. */
export function withFigures(readme: string, measurements: readonly Measurement[], ids: readonly string[]): string {
  const [before, rest] = readme.split(BEGIN)
  const [, after] = (rest ?? '').split(END)
  if (before === undefined || after === undefined) throw new RangeError(`the page has no ${BEGIN} … ${END}`)
  const all = measurements.flatMap(({ figures }) => figures)
  const shown = ids.flatMap((id) => all.find((figure) => figure.id === id) ?? [])
  return `${before}${BEGIN}\n\n${summaryTable(shown)}\n\n${END}${after}`
}

/** One row a figure. */
function summaryTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { title, unit, ours, bare, goal } = figure
    const ratio = ratios(figure)
    const reached = reachesGoal(figure)
    return [
      title,
      spreadWords(spread(ours), unit),
      bare ? `${spreadWords(spread(bare.values), unit)}: ${bare.label}` : '',
      ratio ? spreadWords(spread(ratio), '') : '',
      goal?.text ?? '',
      reached === undefined ? '' : reached ? 'yes' : 'no',
    ]
  })
  return markdownTable(['figure', 'ours', 'the bare tool', 'ratio', 'goal', 'reached'], rows)
}

function section({ bench, about, day, commit, rounds, figures }: Measurement, why: Readonly<Record<string, string>>) {
  const when = `Measured on ${day} at ${commitWords(commit)}, in ${rounds} rounds.`
  return [
    `## ${bench}`,
    wrapped(`${about} ${when}`),
    ...figures.flatMap((figure) => {
      const reason = reachesGoal(figure) === false ? why[figure.id] : undefined
      return [
        `### ${figure.title}`,
        `![${figure.title}](benchmarks/${figure.id}.svg)`,
        ...(figure.table ? [markdownTable(figure.table.head, figure.table.rows)] : []),
        ...(reason === undefined ? [] : [wrapped(`Why the goal is not reached: ${reason}`)]),
      ]
    }),
  ]
}

function commitWords(commit: string): string {
  return commit.endsWith('+') ? `commit ${commit.slice(0, -1)} with changes` : `commit ${commit}`
}

/** A table for each machine, with the benches that ran there. */
function surroundingsTables(measurements: readonly Measurement[]): string[] {
  const groups = Map.groupBy(measurements, ({ surroundings }) => JSON.stringify(surroundings))
  return [...groups.values()].flatMap((group) => {
    const names = group.map(({ bench }) => bench).join(', ')
    return [wrapped(`Of ${names}:`), markdownTable(['what', 'which'], Object.entries(group[0]?.surroundings ?? {}))]
  })
}

/** The words in lines of at most 120 columns; one that is longer has a line of its own. */
export function wrapped(words: string): string {
  const lines: string[] = []
  for (const word of words.split(/\s+/).filter((word) => word !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}
