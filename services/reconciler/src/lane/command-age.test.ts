import { expect, it } from 'vitest'
import { ageWords, COMMAND_LIFE_MS, isTooOld } from './command-age.ts'

it('a command that is too old is told with its own time, and the time from when on it would not be', () => {
  const now = Date.parse('2026-11-21T04:00:00.000Z')
  const source = { timestamp: now - COMMAND_LIFE_MS }
  expect(isTooOld(source, now)).toBe(true)
  expect(ageWords({ timestamp: 1_732_172_400 }, now)).toBe(
    'it is of 1970-01-21T01:09:32.400Z, and commands are remembered from 2026-10-12T04:00:00.000Z on (forty days)',
  )
})
