/** What one script call takes: more would hold up everyone else at Redis for longer than some 5 ms. */
const CALL_ITEMS = 1000
/** Values in one script call, in characters: a known batch of the longest lines has over 2 million. */
const CALL_CHARACTERS = 4_000_000
/** Calls under way at a time: one more than Redis works on keeps it busy, more only fills buffers. */
const CALLS_UNDER_WAY = 4

/** How items are cut into calls. */
interface Cut<T> {
  /** Items of one call at the most, or what they weigh together; one item may weigh more. */
  readonly most?: number
  readonly weight?: (item: T) => number
  readonly characters?: (item: T) => number
}

/** Cuts `items` for calls, also of at most 4 million characters as `characters` counts them (one may have more). */
function* chunks<T>(
  items: readonly T[],
  { most = CALL_ITEMS, weight = () => 1, characters = () => 0 }: Cut<T>,
): Generator<readonly T[]> {
  let from = 0
  let weighed = 0
  let length = 0
  for (const [i, item] of items.entries()) {
    weighed += weight(item)
    length += characters(item)
    if (i > from && (weighed > most || length > CALL_CHARACTERS)) {
      yield items.slice(from, i)
      from = i
      weighed = weight(item)
      length = characters(item)
    }
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
  cut: Cut<T> = {},
): Promise<A[]> {
  const answers: A[] = []
  let calls: Promise<readonly A[]>[] = []
  const collect = async () => {
    for (const part of await Promise.all(calls)) for (const answer of part) answers.push(answer)
    calls = []
  }
  for (const chunk of chunks(items, cut)) {
    calls.push(call(chunk))
    if (calls.length === CALLS_UNDER_WAY) await collect()
  }
  await collect()
  return answers
}
