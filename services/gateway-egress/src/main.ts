import { startUnlessAsked } from '@payout/runtime/service/help'
import { egressSchema } from './config.ts'
import { runEgress } from './process.ts'

const does =
  "Sends signed requests to Alipay's gateway, each for as long as its day or its meaning allows, and records what is answered."
await startUnlessAsked({ name: 'gateway-egress', does, schema: egressSchema }, () => runEgress())
