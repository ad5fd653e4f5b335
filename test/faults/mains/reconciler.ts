/** The reconciler with the ports replaced that TEST_REPLACED names; all else is the service's own. */
import { runReconciler } from '../../../services/reconciler/src/process.ts'
import { withReplacedPorts } from '../ports/connections.ts'
import { replacedInProcess } from '../ports/replaced.ts'

await runReconciler(withReplacedPorts(replacedInProcess(process.env)))
