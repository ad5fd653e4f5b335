import type { Connections } from '@payout/runtime/service/connections'
import { replacedLog } from './event-log.ts'
import type { Replaced } from './replaced.ts'
import { replacedStateStore } from './state-store.ts'

/** What a service is connected to, with every port replaced that the test wants replaced. */
export function withReplacedPorts(replaced: Replaced): (real: Connections) => Connections {
  return (real) => ({
    ...real,
    log: replacedLog(real.log, replaced),
    stateStore: replacedStateStore(real.stateStore, replaced),
  })
}
