/** What one bench found of one thing, in rounds: value i of ours and value i of bare were measured one after the other. */
export interface Figure {
  /** `reconciler-cpu`: also the name of its picture. */
  readonly id: string
  /** `CPU a payout of the reconciler` */
  readonly title: string
  /** `µs`, `ms`, `/s`, `% of a core`, `s`, `requests`, `bytes` */
  readonly unit: string
  readonly better: 'lower' | 'higher'
  /** One value a round. */
  readonly ours: readonly number[]
  /** The bare tool that does the same work. */
  readonly bare?: { readonly label: string; readonly values: readonly number[] }
  /**
   * What is compared with the goal: ours itself, or the ratio, which is bare/ours where lower is better and ours/bare
   * where higher is: 1 is as good as bare.
   */
  readonly goal?: { readonly of: 'ours' | 'ratio'; readonly limit: number; readonly text: string }
  /** Further rows for the page: CPU by process, percentiles and the like. */
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
}

/** How a bench is run. */
export interface BenchOptions {
  readonly rounds: number
  /** Less work a round, for a quick look: its figures are not for the page. */
  readonly short: boolean
  /** Told, in a sentence, what is being done. */
  readonly log: (line: string) => void
}

/** One measurement of `npm run bench`. */
export interface Bench {
  /** `reconciler` */
  readonly name: string
  /** One or two sentences for the page: what is measured against what, and how. */
  readonly about: string
  /** Stops whatever it has started before it gives its figures. */
  run(options: BenchOptions): Promise<readonly Figure[]>
}
