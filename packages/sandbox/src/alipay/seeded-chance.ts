import { createHash } from 'node:crypto'

/**
 * Chance that repeats itself: what is drawn depends on the seed and on the names given, never on what was drawn
 * before. So two runs with the same seed treat the same request alike, in whatever order requests arrive.
 */
export class SeededChance {
  readonly #seed: string

  constructor(seed: number) {
    this.#seed = String(seed)
  }

  /** A number from 0 (included) to 1 (excluded) for these names. */
  fraction(...names: readonly (string | number)[]): number {
    return this.#digest(names).readUIntBE(0, 6) / 2 ** 48
  }

  /** True with the given probability (0 to 1) for these names. */
  happens(rate: number, ...names: readonly (string | number)[]): boolean {
    return rate > 0 && this.fraction(...names) < rate
  }

  /** 64 hexadecimal digits for these names: an identifier that a restart finds again. */
  hex(...names: readonly (string | number)[]): string {
    return this.#digest(names).toString('hex')
  }

  /** The items in an order that depends on the names alone. */
  shuffled<T>(items: readonly T[], ...names: readonly (string | number)[]): T[] {
    return items
      .map((item, place) => ({ item, rank: this.fraction(...names, place) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ item }) => item)
  }

  #digest(names: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.#seed, ...names]))
      .digest()
  }
}
