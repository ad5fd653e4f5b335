/** Units of time in milliseconds, and of size in bytes. Nothing else in the code multiplies them out. */

export const SECOND_MS = 1000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
/** 24 hours: the days of UTC, and of China, which has no summer time. */
export const DAY_MS = 24 * HOUR_MS

export const KIB = 1024
export const MIB = 1024 * KIB
