import { describe, expect, it } from 'vitest'
import { type ControlRequest, controlCommandSchema } from './control-command.ts'

const alias = 'shop'
/** One of each, with what it must have. */
const COMMANDS: { [A in ControlRequest['action']]: Extract<ControlRequest, { action: A }> } = {
  'force-answer': { action: 'force-answer', code: 'X' },
  'force-fault': { action: 'force-fault', fault: 'request-lost' },
  'force-verify': { action: 'force-verify', answer: 'true' },
  faults: { action: 'faults', rates: {} },
  balance: { action: 'balance', alias, balanceFen: 1 },
  'hold-notifies': { action: 'hold-notifies', hold: true },
  'resend-notify': { action: 'resend-notify' },
  'send-notify': { action: 'send-notify', alias, url: 'http://x', batchNo: 'b' },
  'forge-notify': { action: 'forge-notify', alias, url: 'http://x', batchNo: 'b', forgery: 'unsigned' },
  uniqueness: { action: 'uniqueness', batchNo: true, serial: true },
  delays: { action: 'delays' },
  clock: { action: 'clock', clockShiftMs: 1 },
  agreement: { action: 'agreement', alias, account: 'a', chargeAgent: true, refundCharge: true },
  'agreement-answers': { action: 'agreement-answers' },
  consent: { action: 'consent', formUrl: 'http://x' },
  'return-file': { action: 'return-file', alias, date: '20101218' },
}

describe('a command of the control interface', () => {
  it.each(Object.entries(COMMANDS))(
    '%s is taken, and with a field that it does not have refused by its name',
    (_, command) => {
      expect(controlCommandSchema.safeParse(command).success).toBe(true)
      // A name that was meant, but for one letter, would be as if nothing had been said.
      for (const field of ['aliass', 'Times', 'holdd', 'constructor']) {
        const { error } = controlCommandSchema.safeParse({ ...command, [field]: 1 })
        expect(error?.message).toContain(field)
      }
    },
  )

  it('names unknown fields within it, too', () => {
    const { error } = controlCommandSchema.safeParse({ ...COMMANDS.faults, rates: { 'request-lots': 1 } })
    expect(error?.message).toContain('request-lots')
    const row = controlCommandSchema.safeParse({ ...COMMANDS['return-file'], rows: [{ serial: 's', amuont: 1 }] })
    expect(row.error?.message).toContain('amuont')
  })
})
