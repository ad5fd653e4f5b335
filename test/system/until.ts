import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a look finds something, and gives it; fails after a time that nothing takes that works. */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  limitMs = 60_000,
): Promise<Exclude<NonNullable<T>, false>> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) return found as Exclude<NonNullable<T>, false>
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms in vain until ${what}`)
    await sleep(50)
  }
}
