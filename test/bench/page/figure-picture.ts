import type { Figure } from '../figure.ts'
import { valueWords } from './figure-words.ts'
import { goalValue, spread } from './spread.ts'

const WIDTH = 720
const LEFT = 210
/** The longest bar ends here; what follows is for its value. */
const RIGHT = 560
const TOP = 40
const ROW = 34
const BAR = 20

/** A page is white or black for its reader: the picture follows. */
const STYLE = `text{font:13px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e;font-size:12px}.title{font-weight:600}
.ours{fill:#0969da}.bare{fill:#8c959f}.range{stroke:#1f2328;stroke-width:1.5}.goal{stroke:#bc4c00;stroke-width:2;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.ours{fill:#4493f8}.bare{fill:#656c76}.range{stroke:#f0f6fc}.goal{stroke:#f0883e}}`

interface Row {
  readonly label: string
  readonly kind: 'ours' | 'bare'
  readonly values: readonly number[]
}

/**
 * A figure as an SVG: a bar for the median of ours and of the bare tool, a line from the lowest to the highest round,
 * and the goal as a dashed line.
 */
export function figurePicture(figure: Figure): string {
  const { title, unit, ours, bare, goal, better } = figure
  const rows: Row[] = [
    { label: 'ours', kind: 'ours', values: ours },
    ...(bare ? [{ label: bare.label, kind: 'bare', values: bare.values } as const] : []),
  ]
  const limit = goalValue(figure)
  const most = Math.max(...rows.flatMap(({ values }) => values), limit ?? 0, Number.MIN_VALUE)
  const x = (value: number) => round(LEFT + ((RIGHT - LEFT) * Math.max(0, value)) / most)
  const bottom = TOP + rows.length * ROW
  const words = `bar: median, line: lowest to highest of ${ours.length} rounds; ${better} is better`
  const parts = [
    text(12, 20, title, 'title'),
    ...rows.flatMap((row, at) => drawn(row, TOP + at * ROW, x, unit)),
    ...(limit === undefined ? [] : [line(x(limit), TOP - 6, x(limit), bottom, 'goal')]),
    text(12, bottom + 18, words, 'quiet'),
    ...(goal === undefined
      ? []
      : [line(12, bottom + 34, 36, bottom + 34, 'goal'), text(44, bottom + 38, `goal: ${goal.text}`, 'quiet')]),
  ]
  const height = bottom + (goal === undefined ? 30 : 50)
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    '</svg>',
  ].join('\n')}\n`
}

function drawn({ label, kind, values }: Row, top: number, x: (value: number) => number, unit: string): string[] {
  const { median, lowest, highest } = spread(values)
  const middle = top + BAR / 2
  return [
    text(12, middle + 5, label, ''),
    `<rect class="${kind}" x="${LEFT}" y="${top}" width="${round(x(median) - LEFT)}" height="${BAR}" rx="2"/>`,
    ...(lowest === highest ? [] : [line(x(lowest), middle, x(highest), middle, 'range')]),
    text(x(highest) + 8, middle + 5, valueWords(median, unit), ''),
  ]
}

function text(x: number, y: number, words: string, kind: string): string {
  return `<text x="${x}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(words)}</text>`
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
