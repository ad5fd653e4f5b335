import { PipelineError } from '@payout/schemas/error'
import type { Agreements } from '../agreement/agreements.ts'
import { type ConsentResult, giveConsent } from '../agreement/user-browser.ts'
import type { Books } from '../books/books.ts'
import type { Orders, SandboxSettings } from '../gateway/sandbox-settings.ts'
import type { NotifyService } from '../notify/notify-service.ts'
import { payerOf, type SandboxPartner } from '../partners/sandbox-partner.ts'
import type { ReturnFiles } from '../return-file/return-files.ts'
import type { ControlCommand } from './control-command.ts'

export interface ControlDependencies {
  readonly partners: ReadonlyMap<string, SandboxPartner>
  readonly books: Books
  readonly notifies: NotifyService
  readonly agreements: Agreements
  readonly returnFiles: ReturnFiles
  readonly orders: Orders
  readonly settings: SandboxSettings
  /** Sets a balance so that a restart finds it again. */
  readonly setBalance: (alias: string, payer: string, balanceFen: number | undefined) => void
}

/** What a command did: the merchant's answers to a notify, what the user saw, the hash of the file. */
export interface ControlResult {
  readonly notifyId?: string
  readonly answers?: readonly { readonly status: number; readonly body: string }[]
  readonly consent?: ConsentResult
  /** SHA-256 of the archive, hexadecimal. */
  readonly fileHash?: string
}

/**
 * Carries out one command of the control interface (see control-command.ts).
 *
 * @throws PipelineError SANDBOX_PARTNER_UNKNOWN when the command names a partner or payer that the sandbox does not
 *   have
 */
export async function control(command: ControlCommand, dependencies: ControlDependencies): Promise<ControlResult> {
  const { notifies, orders, settings } = dependencies
  switch (command.action) {
    case 'force-answer':
      orders.add({ kind: 'answer', code: command.code }, command.service, command.alias, command.times)
      return {}
    case 'force-fault':
      orders.add({ kind: 'fault', fault: command.fault }, command.service, command.alias, command.times)
      return {}
    case 'force-verify':
      orders.addVerifyAnswer(command.answer, command.times)
      return {}
    case 'faults':
      settings.faults = command.rates
      return {}
    case 'balance':
      setBalance(command, dependencies)
      return {}
    case 'hold-notifies':
      if (command.hold) notifies.hold(command.alias)
      else notifies.release(command.alias)
      return {}
    case 'resend-notify':
      return { answers: await notifies.resend(command.notifyId, command.batchNo, command.times) }
    case 'send-notify': {
      const notify = known(await notifies.send(command), command.alias)
      return { notifyId: notify.notifyId, answers: notify.lastAnswer === undefined ? [] : [notify.lastAnswer] }
    }
    case 'forge-notify':
      return { answers: [known(await notifies.forge(command), command.alias)] }
    case 'uniqueness':
      settings.uniqueness = { batchNo: command.batchNo, serial: command.serial }
      return {}
    case 'delays':
      settings.answerDelayMs = command.answerDelayMs ?? settings.answerDelayMs
      settings.notifyDelayMs = command.notifyDelayMs ?? settings.notifyDelayMs
      return {}
    case 'agreement': {
      const { chargeAgent, refundCharge } = command
      const { alias } = known(dependencies.partners.get(command.alias), command.alias)
      dependencies.agreements.set(alias, command.account, { chargeAgent, refundCharge })
      return {}
    }
    case 'agreement-answers':
      settings.agreementAnswers = { leaveOut: command.leaveOut, unsignMissing: command.unsignMissing }
      return {}
    case 'consent':
      return { consent: await giveConsent(command.formUrl, command) }
    case 'return-file': {
      const { action: _, ...fixture } = command
      const { alias, partnerId } = known(dependencies.partners.get(command.alias), command.alias)
      dependencies.returnFiles.set(fixture)
      const fileHash = dependencies.returnFiles.make(alias, fixture.date, partnerId)
      return fileHash === undefined ? {} : { fileHash }
    }
    case 'clock':
      settings.clockShiftMs = command.clockShiftMs
      return {}
  }
}

function setBalance(command: Extract<ControlCommand, { action: 'balance' }>, dependencies: ControlDependencies): void {
  const partner = known(dependencies.partners.get(command.alias), command.alias)
  const account = partner.accounts.find(({ email, buyerAccountName }) =>
    command.payer === undefined ? true : email === command.payer || buyerAccountName === command.payer,
  )
  dependencies.setBalance(command.alias, payerOf(known(account, command.alias)), command.balanceFen ?? undefined)
}

function known<T>(found: T | undefined, alias: string): T {
  if (found !== undefined) return found
  throw new PipelineError(
    'SANDBOX_PARTNER_UNKNOWN',
    `the sandbox has no partner ${alias} with such an account: name one of its partners file`,
  )
}
