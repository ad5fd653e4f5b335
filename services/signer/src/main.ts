import { startUnlessAsked } from '@payout/runtime/service/help'
import { signerSchema } from './config.ts'
import { runSigner } from './process.ts'

const does = 'Checks commands, claims their ids, and signs the requests of batches, agreements and return files.'
await startUnlessAsked({ name: 'signer', does, schema: signerSchema }, () => runSigner())
