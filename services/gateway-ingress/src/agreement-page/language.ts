/** The languages that pages are written in. */
export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * The language of ours that a browser likes best (`Accept-Language`, RFC 9110 12.5.4), Chinese where it names none of
 * them. Regions and scripts don't matter; of two that are liked alike the first.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  let best: { language: Language; quality: number } | undefined
  for (const range of (acceptLanguage ?? '').split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const language = LANGUAGES.find((known) => tag === known || tag.startsWith(`${known}-`))
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    if (language !== undefined && quality > (best?.quality ?? 0)) best = { language, quality }
  }
  return best?.language ?? 'zh'
}
