/**
 * `npm run docs` writes the generated pages of docs/; `npm run docs -- --check` compares them with what it would write, and says what nothing
 * proves or explains. Exit code 1 if anything differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configurationPage } from './docs/configuration-page.ts'
import { conformancePage, unprovenRules } from './docs/conformance-page.ts'
import { errorNoteFaults, errorsPage } from './docs/errors-page.ts'
import { metricsPage } from './docs/metrics-page.ts'
import { roomFaults, withRoomsPictures } from './docs/rooms-picture.ts'

const root = dirname(import.meta.dirname)
const pages = {
  'docs/configuration.md': configurationPage(),
  'docs/metrics.md': metricsPage(),
  'docs/errors.md': errorsPage(),
  'docs/conformance.md': conformancePage(root),
  // Written by hand, but for the pictures in it.
  'docs/architecture.md': withRoomsPictures(textOf('docs/architecture.md') ?? '', root),
}

const faults = [
  ...errorNoteFaults(root),
  ...roomFaults(root),
  ...unprovenRules(root).map(
    (id) => `${id}: no test's title begins with it, or, for an operator's rule, docs/operations.md does not name it`,
  ),
]
if (process.argv.includes('--check')) {
  for (const [file, text] of Object.entries(pages)) {
    if (textOf(file) !== text)
      faults.push(`${file} is not what the sources say now: run \`npm run docs\` and commit it`)
  }
} else {
  for (const [file, text] of Object.entries(pages)) {
    if (textOf(file) === text) continue
    writeFileSync(join(root, file), text)
    console.log(`${file} written`)
  }
}
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0

function textOf(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8')
  } catch {
    return undefined
  }
}
