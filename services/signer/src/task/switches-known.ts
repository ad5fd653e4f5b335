import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskSession } from '@payout/runtime/event-log/port'
import type { Switches } from '@payout/runtime/switches/switches'

const LOOK_MS = 50

/**
 * Waits until the state of the switches is known (S5.6): before that, nothing is signed.
 * @returns false where the session has to end first; then nothing that it has polled may be processed.
 */
export async function switchesKnown(session: TaskSession, switches: Pick<Switches, 'known'>): Promise<boolean> {
  while (!switches.known) {
    if (session.stopping || session.signal.aborted) return false
    await sleep(LOOK_MS, undefined, { ref: false })
  }
  return true
}
