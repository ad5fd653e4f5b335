import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stripMarkup } from './markup.ts'

const words = (markup: string) => stripMarkup(markup).split(/\s+/u).filter(Boolean)

describe('visible text', () => {
  it.each([
    ['plain', ['plain']],
    ['<p>a</p><b>b</b>', ['a', 'b']],
    ['a<br/>b', ['a', 'b']],
    ['<title>a</title><body class="b">c', ['a', 'c']],
    ['a<!-- <p>b</p> -->c', ['a', 'c']],
    ['a<!-->b', ['a', 'b']],
    ['a<SCRIPT>if (a<b) d</SCRIPT >e', ['a', 'e']],
    ['a<style type="text/css">b{}</style>c', ['a', 'c']],
    ['a&nbsp;b&#160;c&#xA0;d', ['a', 'b', 'c', 'd']],
    ['a<b', ['a']],
    ['a<!-- b', ['a']],
    ['a<script>b</scrip>', ['a']],
    ['a<script>b</script', ['a']],
    ['İ<SCRIPT>b</SCRIPT>c', ['İ', 'c']],
    ['', []],
    ['<', []],
  ])('RFD-2: of %j a person sees %j', (markup, seen) => {
    expect(words(markup)).toEqual(seen)
  })

  it('RFD-2: text around tags is all there, and nothing of the tags', () => {
    const text = fc.stringMatching(/^[a-z文件]{1,10}$/)
    fc.assert(
      fc.property(fc.array(text), (texts) => {
        expect(words(texts.map((one) => `<td class="X1"><!-- X2 --><script>X3</script>${one}</td>`).join(''))).toEqual(
          texts,
        )
      }),
    )
  })

  it('RFD-2: whatever comes, it ends, and no longer than it came', () => {
    const pieces = fc.constantFrom('<', '>', '<!--', '-->', '<script', '</script', '<style>', 'a', '&nbsp;', 'İ', '\n')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 100 }), (list) => {
        const markup = list.join('')
        expect(stripMarkup(markup).length).toBeLessThanOrEqual(markup.length)
      }),
    )
    // A reader that looks for each missing end again and again would take minutes for these.
    for (const piece of ['<', '<script>', '<!--', '<script></script', '<a>']) {
      expect(stripMarkup(piece.repeat(200_000)).trim()).toBe('')
    }
  })
})
