import type { Connections } from '@payout/runtime/connections'
import { replacedLog } from './event-log.ts'
import { replacedMemory } from './memory.ts'

/** What a service is connected to, with every port replaced that the test wants replaced in this process. */
export function withReplacedPorts(real: Connections): Connections {
  return { ...real, log: replacedLog(real.log), memory: replacedMemory(real.memory) }
}
