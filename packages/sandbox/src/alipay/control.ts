import { PipelineError } from '@payout/schemas/error'
import type { Books } from './books.ts'
import type { ControlCommand } from './control-command.ts'
import type { NotifyOffice } from './notify-office.ts'
import { payerOf, type SandboxPartner } from './sandbox-partner.ts'
import type { Orders, SandboxSettings } from './sandbox-settings.ts'

export interface ControlledParts {
  readonly partners: ReadonlyMap<string, SandboxPartner>
  readonly books: Books
  readonly office: NotifyOffice
  readonly orders: Orders
  readonly settings: SandboxSettings
  /** Sets a balance so that a restart finds it again. */
  readonly setBalance: (alias: string, payer: string, balanceFen: number | undefined) => void
}

/** What a command did: for those that send a notify, the merchant's answers. */
export interface ControlResult {
  readonly notifyId?: string
  readonly answers?: readonly { readonly status: number; readonly body: string }[]
}

/**
 * Carries out one command of the control interface (see control-command.ts).
 *
 * @throws PipelineError SANDBOX_PARTNER_UNKNOWN when the command names a partner or payer that the sandbox does not have
 */
export async function control(command: ControlCommand, parts: ControlledParts): Promise<ControlResult> {
  const { office, orders, settings } = parts
  switch (command.action) {
    case 'force-answer':
      orders.add({ kind: 'answer', code: command.code }, command.alias, command.times)
      return {}
    case 'force-fault':
      orders.add({ kind: 'fault', fault: command.fault }, command.alias, command.times)
      return {}
    case 'force-verify':
      orders.addVerifyAnswer(command.answer, command.times)
      return {}
    case 'faults':
      settings.faults = command.rates
      return {}
    case 'balance':
      setBalance(command, parts)
      return {}
    case 'hold-notifies':
      if (command.hold) office.hold(command.alias)
      else office.release(command.alias)
      return {}
    case 'resend-notify':
      return { answers: await office.resend(command.notifyId, command.batchNo, command.times) }
    case 'send-notify': {
      const notify = known(await office.send(command), command.alias)
      return { notifyId: notify.notifyId, answers: notify.lastAnswer === undefined ? [] : [notify.lastAnswer] }
    }
    case 'forge-notify':
      return { answers: [known(await office.forge(command), command.alias)] }
    case 'uniqueness':
      settings.uniqueness = { batchNo: command.batchNo, serial: command.serial }
      return {}
    case 'delays':
      settings.answerDelayMs = command.answerDelayMs ?? settings.answerDelayMs
      settings.notifyDelayMs = command.notifyDelayMs ?? settings.notifyDelayMs
      return {}
    case 'clock':
      settings.clockShiftMs = command.clockShiftMs
      return {}
  }
}

function setBalance(command: Extract<ControlCommand, { action: 'balance' }>, parts: ControlledParts): void {
  const partner = known(parts.partners.get(command.alias), command.alias)
  const account = partner.accounts.find(({ email, buyerAccountName }) =>
    command.payer === undefined ? true : email === command.payer || buyerAccountName === command.payer,
  )
  parts.setBalance(command.alias, payerOf(known(account, command.alias)), command.balanceFen ?? undefined)
}

function known<T>(found: T | undefined, alias: string): T {
  if (found !== undefined) return found
  throw new PipelineError(
    'SANDBOX_PARTNER_UNKNOWN',
    `the sandbox has no partner ${alias} with such an account: name one of its partners file`,
  )
}
