import type { GatewayOpenOperation } from '@payout/schemas/generated/records'
import { timeCause } from './agreement-event.ts'
import type { AgreementTurn } from './agreement-turn.ts'

/**
 * What time does, after every input: commands whose time is over end, and what is due is sent where no request is under
 * way. A command that waits for the last word on a request goes on waiting: that word may still be what it asks for.
 * Without the partner nothing can be signed, so nothing is asked for, and what would have to be sent ends.
 */
export function takeTime(turn: AgreementTurn): void {
  const { now, hasPartner } = turn.context
  for (const operation of turn.state.operations) {
    if (operation.nextAt === null) continue
    if (!hasPartner) endWithoutPartner(turn, operation)
    else if (operation.giveUpAt <= now) giveUp(turn, operation)
  }
  if (turn.state.request !== null) return
  const due = turn.state.operations.filter(({ nextAt }) => nextAt !== null && nextAt <= now)
  const cancelling = due.find(({ step }) => step === 'cancel')
  if (cancelling) turn.cancel(cancelling)
  else if (due.length > 0) turn.ask()
}

function giveUp(turn: AgreementTurn, operation: GatewayOpenOperation): void {
  const { action, giveUpAt, source, seen, lastCode, doubted } = operation
  const cause = timeCause(giveUpAt, source)
  const lately = lastCode === null ? '' : ` (lately: ${lastCode})`
  if (action === 'sign' && seen !== null) {
    turn.end(operation, cause, {
      event: 'not_signed',
      flags: seen,
      reason: 'NOT_SIGNED',
      explanation: 'the user did not sign in time; a new command makes a new form, and a status command asks again',
    })
    turn.change({ status: 'not_signed' })
  } else if (action === 'unsign' && doubted) {
    turn.end(operation, cause, {
      event: 'on_hold',
      reason: 'UNSIGN_UNKNOWN',
      explanation: `nobody knows whether the agreement is cancelled${lately}: ask by a status command, or look at Alipay`,
    })
    turn.change({ status: 'on_hold', unsignInDoubt: true })
  } else {
    turn.end(operation, cause, {
      event: 'failed',
      reason: 'NO_ANSWER',
      explanation:
        action === 'unsign'
          ? `the cancelling could not be sent in time${lately}: nothing was done; send a new command`
          : `the gateway told nothing in time${lately}: how the agreement stands is not known; ask by a status command`,
    })
    if (action === 'sign') turn.change({ status: doubted ? 'on_hold' : 'unknown' })
  }
}

const NO_PARTNER = 'the partners file no longer has this partner'

/** The partner was taken out of the partners file. */
function endWithoutPartner(turn: AgreementTurn, operation: GatewayOpenOperation): void {
  const { action, source, doubted } = operation
  const cause = timeCause(turn.context.now, source)
  if (action === 'unsign' && doubted) {
    const explanation = `nobody knows whether the agreement is cancelled, and ${NO_PARTNER}: look at Alipay`
    turn.end(operation, cause, { event: 'on_hold', reason: 'UNSIGN_UNKNOWN', explanation })
    turn.change({ status: 'on_hold', unsignInDoubt: true })
    return
  }
  const explanation =
    action === 'unsign'
      ? `${NO_PARTNER}: the cancelling was not sent, and nothing was done`
      : `${NO_PARTNER}: nobody can be asked how the agreement stands`
  turn.end(operation, cause, { event: 'failed', reason: 'UNKNOWN_PARTNER', explanation })
  if (action === 'sign') turn.change({ status: doubted ? 'on_hold' : 'unknown' })
}
