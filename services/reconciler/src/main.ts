import { startUnlessAsked } from '@payout/runtime/service/help'
import { reconcilerSchema } from './config.ts'
import { runReconciler } from './process.ts'

const does =
  'Compares requests, answers, notifies and return files, and writes the events that tell what became of each payout and agreement.'
await startUnlessAsked({ name: 'reconciler', does, schema: reconcilerSchema }, () => runReconciler())
