/** A rebuild that has shown nothing for so long has died; milliseconds. */
export const ALIVE_MS = 10_000
