import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Action, ERROR_CODES } from '@payout/mapi/answer/error-codes'
import { ERROR_SECTIONS } from './error-notes.ts'
import { code, markdownTable } from './markdown-table.ts'

/** docs/errors.md: the codes of our own errors, and those of Alipay's gateway. */
export function errorsPage(): string {
  const sections = ERROR_SECTIONS.map(({ title, notes }) => {
    const rows = Object.entries(notes).map(([name, { meaning, todo }]) => [code(name), meaning, todo])
    return `## ${title}\n\n${markdownTable(['code', 'what it means', 'what to do'], rows)}`
  })
  const gateway = [...ERROR_CODES.values()].map((row) => [
    code(row.code),
    row.meaning,
    row.original,
    row.action,
    row.stopsPartner ? 'yes' : '',
  ])
  return `# Errors

Every error that the pipeline throws on purpose has a stable \`code\`. Match on the code, in log lines (\`err.code\`) and
in dead letters, and never on the message. The message names the thing, its value if that is neither secret nor personal,
and the way out. Special words are in the [glossary](glossary.md).


${sections.join('\n\n')}

## Codes of Alipay's gateway

The gateway answers with these codes to \`batch_trans_notify_no_pwd\` (version 1.3 of
[its document](alipay-documents.md), tables 10-1 and 10-2). They are the reason of \`payout.failed\` and
\`payout.unresolved\`, and stand in \`gateway.answers\`. A code that is not listed counts as outcome unknown. If a code
stops its partner, none of the partner's waiting batches is sent until a person lets it go on:
\`npm run partner -- go ALIAS --why WORDS\`.


${markdownTable(['code', 'what it means', "Alipay's words", 'action', 'stops the partner'], gateway)}

${markdownTable(['action', 'what it asks for'], Object.entries(ACTION_MEANINGS))}
`
}

const ACTION_MEANINGS: Readonly<Record<Action, string>> = {
  'fix-request': 'The request is wrong and was refused; other requests may be good. Its payouts have failed.',
  'fix-contract':
    'The contract, the account, the key or a setting of the partner is wrong: every request would fail. Correct it, then let the partner go on.',
  'top-up': 'The paying account has too little money. Fill it, then let the partner go on, or set `BALANCE_STOP`.',
  'already-submitted':
    'Alipay has this batch number or a serial of it already. The payouts are not failed: the notify, or a look into Alipay, decides.',
  'outcome-unknown':
    'Nobody knows whether Alipay accepted the batch. The identical request is sent again under its own batch number until its day ends. After that, ask Alipay.',
}

const SOURCES = ['packages/*/src/**/*.ts', 'services/*/src/**/*.ts']
/** `super('X'`, `new SomeError('X'`. */
const THROWN = /(?:super|new \w*Error)\(\s*'([A-Z][A-Z0-9_]{4,})'/g
/** A member of a union of codes; a row of a table of codes. */
const LISTED = /^ +(?:\| '([A-Z][A-Z0-9_]+)'$|([A-Z][A-Z0-9_]+):)/gm

/** Every code that stands in the sources, with the first file that has it. */
export function codesInSources(root: string): Map<string, string> {
  const codes = new Map<string, string>()
  for (const file of globSync(SOURCES, { cwd: root }).sort()) {
    if (/\.test\.ts$|\/testing\//.test(file)) continue
    const text = readFileSync(join(root, file), 'utf8')
    const listed = /^export (?:type|const) \w+(?:ErrorCode|_ERRORS)\b/m.test(text) ? [...text.matchAll(LISTED)] : []
    for (const [, first, second] of [...text.matchAll(THROWN), ...listed]) {
      const found = first ?? second ?? ''
      if (!codes.has(found)) codes.set(found, file)
    }
  }
  return codes
}

/** Faults of the page: a code in the sources that it does not have, a row for a code that is nowhere. */
export function errorNoteFaults(root: string): string[] {
  const inSources = codesInSources(root)
  const noted = new Set(ERROR_SECTIONS.flatMap(({ notes }) => Object.keys(notes)))
  return [
    ...[...inSources]
      .filter(([name]) => !noted.has(name))
      .map(([name, file]) => `${name} (${file}) has no note in scripts/docs/error-notes.ts`),
    ...[...noted]
      .filter((name) => !inSources.has(name))
      .map((name) => `${name} is noted in scripts/docs/error-notes.ts and stands in no source`),
  ]
}
