import { InvalidArgumentError } from 'commander'

/** Reads a whole number of at least `min` from the command line. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(number >= min)) throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`)
    return number
  }
}

/** Reads seconds, `3` or `0.5`, as milliseconds. */
export function seconds(text: string): number {
  const ms = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) * 1000 : Number.NaN
  if (!(ms > 0)) throw new InvalidArgumentError('It must be a number of seconds above 0.')
  return ms
}
