import { escapeUnprintable } from '@payout/mapi/text/printable-text'
import { type ConfigRow, type ConfigSchema, describeConfig } from '../config/config.ts'
import { CONFIGURATION_EXIT_CODE } from '../config/error.ts'
import { releaseVersion } from './version.ts'

/** What a service says of itself. */
export interface ServiceAbout {
  /** As in `npm run NAME`. */
  readonly name: string
  /** What it does, in a sentence. */
  readonly does: string
  readonly schema: ConfigSchema
}

/** What is said in place of a start. */
export interface ArgumentsAnswer {
  readonly text: string
  /** 0, or that of a wrong configuration. */
  readonly code: number
}

/**
 * What the arguments of a service ask for; undefined where it is to start: it takes none but `--help` and
 * `--version`.
 */
export function answerTo(args: readonly string[], about: ServiceAbout): ArgumentsAnswer | undefined {
  const [unknown] = args.filter((arg) => !['--help', '-h', '--version', '-V'].includes(arg))
  if (unknown !== undefined) {
    return {
      text: `${about.name} takes no argument ${escapeUnprintable(unknown)}: its settings come from the environment; --help names them`,
      code: CONFIGURATION_EXIT_CODE,
    }
  }
  if (args.includes('--help') || args.includes('-h')) return { text: helpOf(about), code: 0 }
  if (args.length > 0) return { text: `${about.name} ${releaseVersion()}, Node ${process.version}`, code: 0 }
  return undefined
}

/** Starts the service, unless its arguments ask for something else, which is said then. */
export async function startUnlessAsked(about: ServiceAbout, start: () => Promise<void>): Promise<void> {
  const answer = answerTo(process.argv.slice(2), about)
  if (answer === undefined) return start()
  const stream = answer.code === 0 ? process.stdout : process.stderr
  stream.write(`${answer.text}\n`)
  process.exitCode = answer.code
}

function helpOf({ name, does, schema }: ServiceAbout): string {
  const rows = describeConfig(schema)
  const width = Math.max(...rows.map((row) => row.name.length))
  return [
    `npm run ${name}`,
    '',
    does,
    '',
    'It takes no arguments but --help and --version. Settings come from the environment (docs/configuration.md says more of each):',
    '',
    ...rows.map((row) => `  ${row.name.padEnd(width)}  ${settingWords(row)}`),
    '',
    'Exit codes: 0 stopped, 1 an error (start it again), 78 wrong settings, partners file or keys, or an unfit Redis.',
  ].join('\n')
}

function settingWords({ description, unit, default: standard, required, secret }: ConfigRow): string {
  const more = [
    ...(unit === undefined ? [] : [unit]),
    ...(required ? ['required'] : standard === undefined ? [] : [`default ${standard}`]),
    ...(secret ? ['or in a file: _FILE'] : []),
  ]
  return more.length === 0 ? description : `${description} (${more.join('; ')})`
}
