/** What one script call takes: more would hold up everyone else at Redis for longer than some 5 ms. */
const CALL_ITEMS = 1000
/** Values in one script call, in characters: a known batch of the longest lines has over 2 million. */
const CALL_CHARACTERS = 4_000_000
/** Calls under way at a time: one more than Redis works on keeps it busy, more only fills buffers. */
const CALLS_UNDER_WAY = 4

/**
 * Cuts `items` for calls of at most `most` items, and of at most 4 million characters as `characters` counts them
 * (one item may have more).
 */
function* chunks<T>(items: readonly T[], most: number, characters: (item: T) => number): Generator<readonly T[]> {
  let from = 0
  let sum = 0
  for (const [i, item] of items.entries()) {
    const length = characters(item)
    if (i > from && (i - from === most || sum + length > CALL_CHARACTERS)) {
      yield items.slice(from, i)
      from = i
      sum = 0
    }
    sum += length
  }
  if (from < items.length) yield items.slice(from)
}

/**
 * Makes as many calls as `items` need, a few at a time; their answers, one for each item, come back in the order of
 * the items.
 */
export async function callInChunks<T, A>(
  items: readonly T[],
  call: (chunk: readonly T[]) => Promise<readonly A[]>,
  { most = CALL_ITEMS, characters = () => 0 }: { most?: number; characters?: (item: T) => number } = {},
): Promise<A[]> {
  const answers: A[] = []
  let calls: Promise<readonly A[]>[] = []
  const collect = async () => {
    for (const part of await Promise.all(calls)) for (const answer of part) answers.push(answer)
    calls = []
  }
  for (const chunk of chunks(items, most, characters)) {
    calls.push(call(chunk))
    if (calls.length === CALLS_UNDER_WAY) await collect()
  }
  await collect()
  return answers
}
