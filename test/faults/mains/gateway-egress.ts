/** The gateway-egress with the ports replaced that TEST_REPLACED names; all else is the service's own. */
import { runEgress } from '../../../services/gateway-egress/src/process.ts'
import { withReplacedPorts } from '../ports/connections.ts'

await runEgress(withReplacedPorts)
