/** Writes `sample/payouts-200.csv`, the file that `npm start` pays. A test compares it with what this would write. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePayoutCsv } from '@payout/cli/payout-file/payout-csv'
import { csvRows, samplePayouts } from '../src/samples/sample-payouts.ts'

writeFileSync(join(import.meta.dirname, '..', 'sample', 'payouts-200.csv'), writePayoutCsv(csvRows(samplePayouts(200))))
