import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LANGUAGES, languageOf } from './language.ts'

describe('languageOf', () => {
  it.each([
    ['en-US,en;q=0.9', 'en'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en;q=0.8, zh-TW;q=0.9', 'zh'],
    ['zh;q=0.8,EN-GB', 'en'],
    ['fr-FR,fr;q=0.9,en;q=0.3', 'en'],
    ['en;q=0.5,zh;q=0.5', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['en;level=1;q=0.4,zh;q=0.3', 'en'],
    // None of ours, or nothing that can be read.
    ['fr-FR,fr;q=0.9', 'zh'],
    ['en;q=0', 'zh'],
    ['en;q=x', 'zh'],
    ['english', 'zh'],
    ['*', 'zh'],
    ['', 'zh'],
    [undefined, 'zh'],
  ])('takes %s for %s', (header, language) => {
    expect(languageOf(header)).toBe(language)
  })

  it('has an answer for whatever comes', () => {
    const part = fc.constantFrom('en', 'zh', '-', ';q=', ',', ';', '1', '0.5', ' ', 'NaN', '=')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join('')),
        ),
        (header) => {
          expect(LANGUAGES).toContain(languageOf(header))
        },
      ),
    )
  })
})
