/** The signer with the ports replaced that TEST_REPLACED names; all else is the service's own. */
import { runSigner } from '../../../services/signer/src/process.ts'
import { withReplacedPorts } from '../ports/connections.ts'
import { replacedInProcess } from '../ports/replaced.ts'

await runSigner(withReplacedPorts(replacedInProcess(process.env)))
