import { runIngress } from './process.ts'

await runIngress()
