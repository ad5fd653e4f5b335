import { runSigner } from './process.ts'

await runSigner()
