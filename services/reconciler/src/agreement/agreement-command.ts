import { agreementCode } from '@payout/mapi/answer/agreement-codes'
import type {
  GatewayAgreementCommand,
  GatewayAgreementState,
  GatewayOpenOperation,
} from '@payout/schemas/generated/records'
import { ageWords, COMMAND_LIFE_MS, isTooOld } from '../lane/command-age.ts'
import { commandCause } from './agreement-event.ts'
import type { AgreementTurn } from './agreement-turn.ts'

/**
 * Commands of that time that made a form or cancelled something: above it further ones are refused, so that the state
 * stays small.
 */
const MOST_BINDING = 1_000
/** Of the others only so many are remembered: a copy of an older one asks or is refused once more, and does no harm. */
const MOST_OTHERS = 500
const MOST_QUESTIONS = 100

/** What a command does: it begins, is a copy that says nothing new, or is refused. */
export function takeCommand(turn: AgreementTurn, command: GatewayAgreementCommand): void {
  const known = turn.state.commands.find(({ commandId }) => commandId === command.commandId)
  if (known === undefined) {
    takeNew(turn, command)
  } else if (known.contentHash !== command.contentHash) {
    refuse(turn, command, ['ID_TAKEN', 'another command of this account has this id: give it one of its own'])
  } else {
    const open = turn.state.operations.find(({ commandId }) => commandId === command.commandId)
    if (open?.action === 'sign' && turn.context.hasPartner) makeAgain(turn, open, command)
  }
}

function takeNew(turn: AgreementTurn, command: GatewayAgreementCommand): void {
  const { commandId, contentHash, action, source } = command
  const { now } = turn.context
  if (isTooOld(source, now)) {
    refuse(turn, command, tooOld(ageWords(source, now)))
    return
  }
  const refusal = refusalOf(turn, command)
  // By the later of two clocks, so that it is not forgotten before it is too old.
  const at = Math.max(now, source.timestamp)
  const entry = { commandId, contentHash, at, binding: refusal === undefined && action !== 'status' }
  turn.change({ commands: remembered([...turn.state.commands, entry], turn.state.operations, now) })
  if (refusal === undefined) begin(turn, command)
  else refuse(turn, command, refusal)
}

function begin(turn: AgreementTurn, command: GatewayAgreementCommand): void {
  const { commandId, action } = command
  const { now } = turn.context
  const begun: GatewayOpenOperation = {
    action,
    commandId,
    source: command.source,
    parameters: action === 'status' ? [] : command.parameters,
    openedAt: now,
    giveUpAt: now + turn.context.settings.giveUpMs,
    step: action === 'unsign' ? 'cancel' : 'ask',
    polls: 0,
    nextAt: action === 'sign' ? now + turn.pause(0) : now,
    form: null,
    doubted: false,
    lastCode: null,
    refusal: null,
    seen: null,
  }
  turn.add(begun)
  if (action === 'sign') turn.makeForm(begun, command.source)
  if (action === 'status' && command.seenCode !== null) takeSeenCode(turn, command, command.seenCode)
}

type Refusal = readonly [reason: string, explanation: string]

function refusalOf(turn: AgreementTurn, { action }: GatewayAgreementCommand): Refusal | undefined {
  const { operations, commands, status, cancelled } = turn.state
  if (!turn.context.hasPartner)
    return ['UNKNOWN_PARTNER', 'the partners file of the reconciler does not have this partner: nothing was sent']
  if (action === 'status') {
    const questions = operations.filter((one) => one.action === 'status').length
    return questions < MOST_QUESTIONS
      ? undefined
      : ['AGREEMENT_BUSY', `${questions} questions wait already: their answer is the one to this one, too`]
  }
  const { open } = turn
  if (open !== undefined) {
    const what = open.action === 'sign' ? 'signing' : 'cancelling'
    return ['AGREEMENT_BUSY', `a ${what} of this account is open: wait for its end`]
  }
  if (status === 'on_hold' && turn.canAsk) return ON_HOLD
  if (action === 'unsign' && cancelled)
    return ['ALREADY_UNSIGNED', 'the agreement is cancelled, and no form was made since']
  if (commands.filter(({ binding }) => binding).length >= MOST_BINDING)
    return ['TOO_MANY_COMMANDS', `this account had ${MOST_BINDING} signings and cancellings in forty days`]
  return undefined
}

/** Whether it was done before is forgotten: done once more, it might undo what was done since. */
function tooOld(age: string): Refusal {
  return ['COMMAND_TOO_OLD', `${age}; nothing of it was done now, and what was done then its earlier events say`]
}

const ON_HOLD: Refusal = [
  'AGREEMENT_ON_HOLD',
  'nobody knows how the agreement stands: a status command asks; after its answer other commands are taken; the contract must have query_customer_protocol',
]

function refuse(turn: AgreementTurn, command: GatewayAgreementCommand, [reason, explanation]: Refusal): void {
  turn.say(command.commandId, commandCause(command.source), { event: 'refused', reason, explanation })
}

/** The form is made again: its address was lost, or its time was over. The signing begins anew. */
function makeAgain(turn: AgreementTurn, open: GatewayOpenOperation, command: GatewayAgreementCommand): void {
  // That it is on hold was said; its end is still to come, and a command has one end.
  if (open.doubted) return
  const { now, settings } = turn.context
  const changes = {
    giveUpAt: now + settings.giveUpMs,
    polls: 0,
    // While a question is under way the next one follows its answer.
    nextAt: open.nextAt === null ? null : now + turn.pause(0),
  }
  turn.changeOperation(open.commandId, changes)
  turn.makeForm({ ...open, ...changes }, command.source)
}

/**
 * The user saw a code on Alipay's page (SGN-6 to SGN-8). The question that the command asks tells how the agreement
 * stands.
 */
function takeSeenCode(turn: AgreementTurn, { commandId, source }: GatewayAgreementCommand, code: string): void {
  const known = agreementCode(code)
  const { open } = turn
  if (known === undefined || open?.action === 'unsign') return
  const reason = { reason: code, explanation: known.explanation }
  const cause = commandCause(source)
  switch (known.action) {
    case 'query':
      // What depends on the agreement stops: no form is made again, no other command begins.
      turn.say(open?.commandId ?? commandId, cause, { event: 'on_hold', ...reason })
      turn.change({ status: 'on_hold' })
      // An answer that is under way was asked for before: it says nothing about what the user saw.
      if (open) turn.changeOperation(open.commandId, { doubted: true, nextAt: turn.context.now, seen: null })
      return
    case 'contract':
    case 'key':
    case 'fix-request':
      if (!open) return
      turn.end(open, cause, { event: 'failed', ...reason })
      turn.change({ status: open.doubted ? 'on_hold' : 'unknown' })
      return
    case 'send-again':
    case 'ask-alipay':
      return
  }
}

function remembered(
  commands: GatewayAgreementState['commands'],
  operations: GatewayAgreementState['operations'],
  now: number,
): GatewayAgreementState['commands'] {
  const open = new Set(operations.map(({ commandId }) => commandId))
  const young = commands.filter(({ at, commandId }) => at > now - COMMAND_LIFE_MS || open.has(commandId))
  let surplus = young.filter(({ binding }) => !binding).length - MOST_OTHERS
  return young.filter(({ binding, commandId }) => binding || open.has(commandId) || surplus-- <= 0)
}
