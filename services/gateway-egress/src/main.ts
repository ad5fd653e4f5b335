import { runEgress } from './process.ts'

await runEgress()
