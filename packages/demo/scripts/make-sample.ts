/** Writes `sample/payouts-200.csv`, the file that `npm start` pays. A test compares it with what this would write. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { csvRows, samplePayouts, writePayoutCsv } from '../src/samples/sample-payouts.ts'

writeFileSync(join(import.meta.dirname, '..', 'sample', 'payouts-200.csv'), writePayoutCsv(csvRows(samplePayouts(200))))
