/**
 * What a person would see of a text or an HTML page: without tags, comments, scripts and styles. A tag becomes a blank;
 * what is not closed hides the rest. Takes time in proportion to the length, whatever is in it.
 */
export function stripMarkup(markup: string): string {
  // ASCII letters alone: others can change their number when they change their case.
  const lower = markup.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  const seen: string[] = []
  let at = 0
  while (at < markup.length) {
    const open = markup.indexOf('<', at)
    if (open === -1) {
      seen.push(markup.slice(at))
      break
    }
    seen.push(markup.slice(at, open), ' ')
    const end = endOfHidden(lower, open)
    if (end === undefined) break
    at = end
  }
  return seen.join('').replace(/&(?:nbsp|#160|#xa0);/gi, ' ')
}

/** Where that ends which begins with the `<` at `open`; undefined if it does not. */
function endOfHidden(lower: string, open: number): number | undefined {
  if (lower.startsWith('<!--', open)) return behind(lower, '-->', open + 2)
  for (const name of ['script', 'style']) {
    if (!lower.startsWith(`<${name}`, open)) continue
    const close = behind(lower, `</${name}`, open)
    return close === undefined ? undefined : behind(lower, '>', close)
  }
  return behind(lower, '>', open)
}

function behind(text: string, what: string, from: number): number | undefined {
  const found = text.indexOf(what, from)
  return found === -1 ? undefined : found + what.length
}
