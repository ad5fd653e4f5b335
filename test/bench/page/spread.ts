import type { Figure } from '../figure.ts'

/** What the rounds gave: the middle one, the lowest and the highest. */
export interface Spread {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** The spread of the values of some rounds. The median of an even number of rounds is the mean of the two in the middle. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no rounds: there is no spread')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = sorted.length / 2
  const median = Number.isInteger(half) ? (at(half - 1) + at(half)) / 2 : at(Math.floor(half))
  return { median, lowest: at(0), highest: at(sorted.length - 1) }
}

/** Ours beside the bare tool, round by round: 1 is as good, more is better. Undefined without a bare tool. */
export function ratios({ ours, bare, better }: Figure): readonly number[] | undefined {
  if (bare === undefined) return undefined
  return ours.slice(0, bare.values.length).map((value, round) => {
    const other = bare.values[round] ?? Number.NaN
    return better === 'lower' ? other / value : value / other
  })
}

/** Whether the median keeps to the goal; undefined without a goal, or without what it is compared with. */
export function reachesGoal(figure: Figure): boolean | undefined {
  const { goal, better } = figure
  if (goal === undefined) return undefined
  if (goal.of === 'ours') {
    const { median } = spread(figure.ours)
    return better === 'lower' ? median <= goal.limit : median >= goal.limit
  }
  const found = ratios(figure)
  return found && spread(found).median >= goal.limit
}

/** The goal in the figure's own unit, so that it can be drawn beside the values. */
export function goalValue({ goal, bare, better }: Figure): number | undefined {
  if (goal === undefined) return undefined
  if (goal.of === 'ours') return goal.limit
  if (bare === undefined) return undefined
  const { median } = spread(bare.values)
  return better === 'lower' ? median / goal.limit : median * goal.limit
}
