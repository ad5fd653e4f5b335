/** `npm run agreement`: has agreements signed, asks how they stand, cancels them, and shows what becomes of it. */

import { isPayoutId } from '@payout/mapi/values/payout-id'
import type { EventLog } from '@payout/runtime/event-log/port'
import { type AgreementEvent, isAgreementEvent } from '@payout/runtime/record/domain-event'
import type { Codec } from '@payout/schemas/codec'
import { MINUTE_MS } from '@payout/schemas/units'
import type { Command } from 'commander'
import { formatMoment, formatUtc } from '../arguments/moment.ts'
import { type AgreementAction, agreementAnswer } from '../follow/agreement-answer.ts'
import { type AnswerOptions, answerLimit, withAnswerOptions } from '../follow/answer-limit.ts'
import { type EventPlaces, eventPlaces, eventStream } from '../follow/event-stream.ts'
import { eventKind, eventWords } from '../follow/event-words.ts'
import { runningSystem, systemHelp } from '../system/command-system.ts'
import { npmCommand, runCommand } from '../terminal/command-line.ts'
import { CommandFailedError, SystemGoneError, UnansweredError, UsageError } from '../terminal/errors.ts'
import { interruption } from '../terminal/interruption.ts'
import { type ShellOption, shellCommand } from '../terminal/shell-command.ts'
import { say, sayAside } from '../terminal/speech.ts'
import {
  type AgreementCommand,
  accountFaultOf,
  agreementCommandRecord,
  agreementOf,
} from '../write/agreement-command.ts'
import { publishCommand } from '../write/command-record.ts'
import { generatedId } from '../write/generated-id.ts'
import { beforeWriting } from '../write/write.ts'

interface CommonOptions extends AnswerOptions {
  readonly partner?: string
  readonly id?: string
}

/** Alipay is asked, and answers; a cancelling is also looked up afterwards. */
const ANSWER_LIMIT_MS = MINUTE_MS

interface UnsignOptions extends CommonOptions {
  readonly email?: string
  readonly customerCode?: string
  readonly account?: string
  readonly typeCode?: string
  readonly bizType?: string
}

const command = npmCommand(
  'agreement',
  'Signs, queries or cancels an agreement of a user with Alipay, and shows what becomes of it',
).addHelpText(
  'after',
  `
It writes the command, and shows its events until its end. Ctrl-C stops only the showing: the command stays written.
The user signs on Alipay's own page. "sign" prints the address of a page that leads there. Give it to this user alone, as a link.

Examples:
  npm run agreement -- sign --email user@example.com --wait
  npm run agreement -- status --email user@example.com
  npm run agreement -- unsign --email user@example.com
${systemHelp}`,
)

withCommonOptions(command.command('sign'))
  .description("makes the form that leads a user to Alipay's signing page")
  .requiredOption('--email <address>', "the user's e-mail address at Alipay; a mobile number can't sign")
  .option('--wait', 'waits until Alipay says that it is signed, or the pipeline gives up')
  .action(async ({ email, wait, ...common }: CommonOptions & { readonly email: string; readonly wait?: boolean }) => {
    const typed = [
      ['--email', email],
      ['--wait', wait ? true : undefined],
    ] as const
    await writeAndFollow('sign', { ...common, typed, toTheEnd: wait === true }, (value) => ({
      name: 'agreement.AgreementSignRequested',
      value: { ...value, email },
    }))
  })

withCommonOptions(command.command('status'))
  .description('asks Alipay at once how an agreement stands')
  .requiredOption('--email <address>', "the user's e-mail address at Alipay")
  .option('--seen-code <code>', "the error code that Alipay's page showed the user")
  .action(
    async ({ email, seenCode, ...common }: CommonOptions & { readonly email: string; readonly seenCode?: string }) => {
      const typed = [
        ['--email', email],
        ['--seen-code', seenCode],
      ] as const
      await writeAndFollow('status', { ...common, typed, toTheEnd: true }, (value) => ({
        name: 'agreement.AgreementStatusRequested',
        value: { ...value, email, seenCode: seenCode ?? null },
      }))
    },
  )

withCommonOptions(command.command('unsign'))
  .description('cancels an agreement: by the e-mail address, by its own code, or by the signed account')
  .option('--email <address>', 'of an agreement that "sign" made')
  .option('--customer-code <code>', "the agreement's own number at Alipay; it stands alone")
  .option('--account <account>', 'the signed account; it wins over --email, and needs --type-code or --biz-type')
  .option('--type-code <code>', "the contract's business code; it wins over --biz-type")
  .option('--biz-type <type>', '10004 for agreements that "sign" made, which is the default with --email')
  .action(async (options: UnsignOptions) => {
    const named = unsignParameters(options)
    const typed = [
      ['--email', options.email],
      ['--customer-code', options.customerCode],
      ['--account', options.account],
      ['--type-code', options.typeCode],
      ['--biz-type', options.bizType],
    ] as const
    await writeAndFollow('unsign', { ...options, typed, toTheEnd: true }, (value) => ({
      name: 'agreement.AgreementUnsignRequested',
      value: { ...value, ...named },
    }))
  })

function withCommonOptions(sub: Command): Command {
  return withAnswerOptions(
    sub
      .option('--partner <alias>', 'whose agreement: an alias of the partners file')
      .option('--id <id>', 'the id of the command, 1 to 64 of A-Z a-z 0-9 . _ : -; without it one is generated'),
    ANSWER_LIMIT_MS,
  )
}

function unsignParameters({ email, customerCode, account, typeCode, bizType }: UnsignOptions) {
  if (email === undefined && customerCode === undefined && account === undefined)
    throw new UsageError('name the agreement by --email, --customer-code or --account')
  const isByEmail = email !== undefined && account === undefined && customerCode === undefined
  return {
    customerCode: customerCode ?? null,
    typeCode: typeCode ?? null,
    bizType: bizType ?? (isByEmail && typeCode === undefined ? '10004' : null),
    transAccountOut: account ?? null,
    userEmail: email ?? null,
  }
}

type CommonValue = { readonly commandId: string; readonly partner: string; readonly requestedAt: number }

interface ActionOptions extends CommonOptions {
  /** The options that were typed, without the partner and the id. */
  readonly typed: readonly ShellOption[]
  /** True: shows events until the command's end. False: until the form is ready. */
  readonly toTheEnd: boolean
}

/** Writes the command, and shows what becomes of it. */
async function writeAndFollow(
  action: AgreementAction,
  { partner, id: givenId, typed, toTheEnd, limit, answer }: ActionOptions,
  commandOf: (value: CommonValue) => AgreementCommand,
): Promise<void> {
  const id = givenId ?? generatedId()
  if (!isPayoutId(id)) throw new UsageError('--id must be 1 to 64 of A-Z a-z 0-9 . _ : -')
  const system = await runningSystem()
  const agreementCommand = commandOf({ commandId: id, partner: system.partnerNamed(partner), requestedAt: Date.now() })
  const wrongAccount = accountFaultOf(agreementCommand)
  if (wrongAccount !== undefined) throw new UsageError(`nothing was written: ${wrongAccount}`)
  if (givenId === undefined) sayAside`${id} is the id that was generated for this command`
  const again = () => [
    `to repeat it without having it done twice, type exactly this: ${shellCommand('agreement', [action], [['--id', id], ['--partner', agreementCommand.value.partner], ...typed])}`,
  ]
  const signal = system.whileUp(interruption())
  await system.withLog(async (log, codec) => {
    const from =
      answer === false ? undefined : await beforeWriting(eventPlaces(log, 'now', ['agreement.events']), signal)
    const before =
      givenId === undefined ? undefined : await beforeWriting(endBefore(log, codec, action, agreementCommand), signal)
    if (before) {
      print(before)
      throw new CommandFailedError(`nothing was written: command ${id} has ended before; use another id`)
    }
    const options = { what: `command ${id}`, guidance: again, signal }
    const place = await publishCommand(log, codec, agreementCommandRecord(agreementCommand), options)
    say`command ${id}, agreement ${agreementOf(agreementCommand) ?? 'unknown'}  ${place}`
    if (from === undefined) return sayWhereToLook(id)
    const limitMs = limit ?? ANSWER_LIMIT_MS
    await follow(log, codec, { action, agreementCommand, from, toTheEnd, signal, limitMs, again })
  })
}

/** How a command under this id has ended already: writing it again would bring nothing new. */
async function endBefore(
  log: EventLog,
  codec: Codec,
  action: AgreementAction,
  agreementCommand: AgreementCommand,
): Promise<AgreementEvent | undefined> {
  const { partner, commandId } = agreementCommand.value
  const keys = [agreementOf(agreementCommand) ?? '', `command/${commandId}`].map((key) => `${partner}/${key}`)
  const partitions = await Promise.all(keys.map((key) => log.partitionFor('agreement.events', key)))
  const from = [...new Set(partitions)].map(
    (partition) => ({ topic: 'agreement.events', partition, at: 'beginning' }) as const,
  )
  for await (const { event } of eventStream(log, codec, { from, until: 'end' }))
    if (isOf(agreementCommand, event) && agreementAnswer(action, event).kind === 'end') return event
  return undefined
}

interface Following {
  readonly action: AgreementAction
  readonly agreementCommand: AgreementCommand
  readonly from: EventPlaces
  readonly toTheEnd: boolean
  readonly signal: AbortSignal
  readonly limitMs: number
  readonly again: () => readonly string[]
}

async function follow(log: EventLog, codec: Codec, following: Following): Promise<void> {
  const { action, agreementCommand, from, toTheEnd, signal, limitMs, again } = following
  const id = agreementCommand.value.commandId
  const limit = answerLimit(signal, limitMs)
  try {
    for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal: limit.signal })) {
      if (!isOf(agreementCommand, event)) continue
      limit.touch()
      const answer = agreementAnswer(action, event)
      if (answer.kind === 'form') printForm(answer)
      else print(event)
      if (answer.kind === 'form' && !toTheEnd) return sayWhereToLook(id)
      // Now it is the user's turn, who takes the time that he takes.
      if (answer.kind === 'form') limit.stop()
      if (answer.kind !== 'end') continue
      if (!answer.isDone) throw new CommandFailedError('it was not done; the line above says why')
      return
    }
  } finally {
    limit.stop()
  }
  if (limit.isOver) {
    throw new UnansweredError(
      `command ${id} had no answer within ${limitMs / 1000} s; it is written, and stays valid`,
      [
        `it is processed when its turn comes: are the signer, egress and the reconciler up? What becomes of it: npm run trace -- ${id}`,
        ...again(),
      ],
    )
  }
  if (!(signal.reason instanceof SystemGoneError))
    sayAside`the command stays valid; what becomes of it: npm run trace -- ${id}`
  signal.throwIfAborted()
}

function sayWhereToLook(id: string): void {
  say`what becomes of it: npm run events, or npm run trace -- ${id}`
}

/** A command's id is unique per partner and account; an event of one that names no account has no agreement's id. */
function isOf(
  agreementCommand: AgreementCommand,
  event: Parameters<typeof isAgreementEvent>[0],
): event is AgreementEvent {
  if (!isAgreementEvent(event)) return false
  const { partner, commandId, agreementId } = event.value
  if (partner !== agreementCommand.value.partner || commandId !== agreementCommand.value.commandId) return false
  return agreementId === null || agreementId === agreementOf(agreementCommand)
}

/** The address stands on a line of its own, to be copied. */
function printForm({ url, expiresAt }: { readonly url: string; readonly expiresAt: number }): void {
  say`form ready, shown once, until ${formatMoment(expiresAt)}; give it to this user alone, as a link:\n${url}`
}

function print(event: AgreementEvent): void {
  say`${formatUtc(event.value.seenAt)}  ${eventKind(event.name)}: ${eventWords(event)}`
}

await runCommand(command)
