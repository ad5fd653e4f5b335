import { runReconciler } from './process.ts'

await runReconciler()
