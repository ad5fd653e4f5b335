import { expect, it } from 'vitest'
import { AgreementBench, agreementCommand } from '../testing/agreement-bench.ts'
import { HOUR } from '../testing/reconciler-bench.ts'

const DAY = 24 * HOUR

it('UNS-6: a cancelling that is read again after its id was forgotten is not sent again: the user may have signed since', () => {
  const bench = new AgreementBench()
  const command = agreementCommand('unsign', 'u', 0)
  bench.step({ kind: 'command', command })
  expect(bench.answer({})).toEqual(['Unsigned u'])
  bench.pass(10 * DAY)
  bench.sign('s')
  bench.untilDue()
  bench.answer(true)
  bench.pass(31 * DAY)
  bench.status('q')
  bench.answer(true)
  expect(bench.state.commands.map(({ commandId }) => commandId)).not.toContain('u')
  const before = bench.state
  expect(bench.step({ kind: 'command', command })).toEqual(['Refused u COMMAND_TOO_OLD'])
  expect(bench.state).toBe(before)
})

it('one that only waited in its lane is taken', () => {
  const bench = new AgreementBench()
  bench.now += 39 * DAY
  expect(bench.step({ kind: 'command', command: agreementCommand('unsign', 'u', 0) })).toEqual(['customer_unsign'])
})

it('an id is remembered until its command is too old, even where the clock of the log is ahead', () => {
  const bench = new AgreementBench()
  const source = { topic: 'agreement.commands', partition: 0, offset: 0, line: 0, timestamp: bench.now + HOUR }
  const command = agreementCommand('unsign', 'u', 0, { source })
  bench.step({ kind: 'command', command })
  bench.answer({})
  bench.now += 40 * DAY + HOUR / 2
  bench.status('q')
  bench.answer(true)
  expect(bench.step({ kind: 'command', command })).toEqual([])
})
