/** The wall clock of a process. */
export interface Clock {
  /** UTC milliseconds. */
  now(): number
}

/** The machine's clock, shifted by `shiftMs` (setting CLOCK_SHIFT, sandbox mode only; 0 in production). */
export function systemClock(shiftMs = 0): Clock {
  return { now: () => Date.now() + shiftMs }
}
