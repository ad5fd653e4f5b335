import { expect, it } from 'vitest'
import { limitMs, notReadyIn, startLimitMs } from './start-limit.ts'

it.each([
  [undefined, 180_000],
  ['', 180_000],
  ['1500ms', 1500],
  ['90s', 90_000],
  ['10m', 600_000],
  ['24h', 86_400_000],
])('START_LIMIT %j is %d ms', (text, ms) => {
  expect(startLimitMs({ START_LIMIT: text })).toBe(ms)
})

it.each(['90', '999ms', '25h', '-5m', '1.5m', '5 m', 'soon', '1d'])(
  'START_LIMIT %j is refused, and how it is written is told',
  (text) => {
    const read = () => startLimitMs({ START_LIMIT: text })
    expect(read).toThrow(`START_LIMIT is "${text}" and must be a time from 1s to 24h`)
    expect(read).toThrow(expect.objectContaining({ code: 'PROVISION_SETTING' }))
  },
)

it('is named where it was passed', () => {
  expect(notReadyIn(1500)).toBe('not ready in 1.5 s; START_LIMIT raises that')
})

it.each([
  ['DOCKER_LIMIT', 5_000],
  ['CONNECT_LIMIT', 5_000],
  ['START_LIMIT', 180_000],
] as const)('%s is %d ms unless it is set, and refused where it is malformed', (name, standard) => {
  expect(limitMs(name, {})).toBe(standard)
  expect(limitMs(name, { [name]: '20s' })).toBe(20_000)
  expect(() => limitMs(name, { [name]: 'soon' })).toThrow(`${name} is "soon" and must be a time from 1s to 24h`)
})
