import { escapeUnprintableLines, printableJson } from '@payout/mapi/text/printable-text'
import { PipelineError } from '@payout/schemas/error'
import { z } from 'zod'
import { type AlipaySandbox, type AlipaySandboxOptions, startAlipaySandbox } from './alipay/alipay-sandbox.ts'
import { faultRatesSchema } from './alipay/control/control-command.ts'
import { readSandboxPartners } from './alipay/partners/partners-file.ts'

/**
 * The stand-in for Alipay's side as a process of its own. Settings come from the environment:
 *
 * - SANDBOX_PARTNERS: Alipay's side of the partners file; needed. It names the keys.
 * - SANDBOX_HOST, SANDBOX_PORT: where it listens; 127.0.0.1 and a free port by default.
 * - SANDBOX_STATE: a file in which the books survive a restart.
 * - SANDBOX_TIME_SCALE, SANDBOX_SEED, SANDBOX_CLOCK_SHIFT_MS: numbers.
 * - SANDBOX_FAULTS: rates of faults as JSON, such as {"answer-lost":0.05}.
 * - SANDBOX_OPTIONS: further options of `startAlipaySandbox` as JSON.
 * - EXIT_WITH_PARENT=1: end when the process that started this one has ended.
 *
 * Prints one line of JSON, {"event":"ready","url":…}, when it listens. SIGTERM and SIGINT end it.
 */
const number = z.coerce.number()
const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    context.addIssue('must be JSON')
    return z.NEVER
  }
})

const environment = z.object({
  SANDBOX_PARTNERS: z.string().min(1),
  SANDBOX_HOST: z.string().optional(),
  SANDBOX_PORT: number.int().min(0).max(65_535).optional(),
  SANDBOX_STATE: z.string().min(1).optional(),
  SANDBOX_TIME_SCALE: number.positive().optional(),
  SANDBOX_SEED: number.int().optional(),
  SANDBOX_CLOCK_SHIFT_MS: number.int().optional(),
  SANDBOX_FAULTS: json.pipe(faultRatesSchema).optional(),
  SANDBOX_OPTIONS: json.pipe(z.record(z.string(), z.unknown())).optional(),
  EXIT_WITH_PARENT: z.enum(['0', '1']).optional(),
})

const PARENT_POLL_MS = 500
const EXIT_CONFIGURATION = 78

const settings = environment.safeParse(process.env)
if (!settings.success) {
  process.stderr.write(`${escapeUnprintableLines(`the sandbox cannot start:\n${z.prettifyError(settings.error)}`)}\n`)
  process.exit(EXIT_CONFIGURATION)
}
const parent = process.ppid
const sandbox = await start(settings.data).catch((error: unknown) => {
  if (!(error instanceof PipelineError)) throw error
  process.stderr.write(`${escapeUnprintableLines(`the sandbox cannot start: ${error.message}`)}\n`)
  process.exit(EXIT_CONFIGURATION)
})
const end = () => {
  void sandbox.stop().then(() => process.exit(0))
}
process.once('SIGTERM', end)
process.once('SIGINT', end)
if (settings.data.EXIT_WITH_PARENT === '1') {
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0)
  }, PARENT_POLL_MS).unref()
}
process.stdout.write(`${printableJson({ event: 'ready', url: sandbox.url })}\n`)

async function start(from: z.infer<typeof environment>): Promise<AlipaySandbox> {
  return startAlipaySandbox(optionsOf(from))
}

function optionsOf(from: z.infer<typeof environment>): AlipaySandboxOptions {
  const named = {
    host: from.SANDBOX_HOST,
    port: from.SANDBOX_PORT,
    stateFile: from.SANDBOX_STATE,
    timeScale: from.SANDBOX_TIME_SCALE,
    seed: from.SANDBOX_SEED,
    clockShiftMs: from.SANDBOX_CLOCK_SHIFT_MS,
    faults: from.SANDBOX_FAULTS,
  }
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  return { ...from.SANDBOX_OPTIONS, ...given, partners: readSandboxPartners(from.SANDBOX_PARTNERS) }
}
