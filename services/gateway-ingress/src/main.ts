import { startUnlessAsked } from '@payout/runtime/service/help'
import { ingressSchema } from './config.ts'
import { runIngress } from './process.ts'

const does =
  "Takes Alipay's notifies, verifies and stores them, and serves the pages from which users go to Alipay to sign."
await startUnlessAsked({ name: 'gateway-ingress', does, schema: ingressSchema }, () => runIngress())
