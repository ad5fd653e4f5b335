/** What a person wrote beside the figures. */

/** Why a figure does not reach its goal, by its id: what a profile says of it, and what would help. */
export const why: Readonly<Record<string, string>> = {}

/** The figures that README.md shows, in this order. */
export const inReadme: readonly string[] = ['signing-rsa-2048']
