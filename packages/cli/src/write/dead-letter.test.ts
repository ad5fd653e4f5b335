import type { LogRecord } from '@payout/runtime/event-log/port'
import { describe, expect, it } from 'vitest'
import { deadLetterOf, partitionBefore, replayOf } from './dead-letter.ts'

const letter: LogRecord = {
  topic: 'payout.commands.dlq',
  partition: 1,
  offset: 7,
  timestamp: 2000,
  key: Buffer.from('po-1'),
  value: Buffer.from([0xc3, 0x01, 0xff]),
  headers: {
    traceparent: '00-1-2-01',
    'dead-letter-code': 'SCHEMA_UNKNOWN',
    'dead-letter-explanation': 'the schema is not known',
    'dead-letter-topic': 'payout.commands',
    'dead-letter-partition': '3',
    'dead-letter-offset': '17',
    'first-timestamp': '1000',
  },
}

describe('a dead letter', () => {
  it('tells its reason, where the command stood, and when it first came', () => {
    expect(deadLetterOf(letter)).toEqual({
      topic: 'payout.commands.dlq',
      partition: 1,
      offset: 7,
      at: 2000,
      code: 'SCHEMA_UNKNOWN',
      explanation: 'the schema is not known',
      from: 'payout.commands/3@17',
      firstAt: 1000,
      bytes: 3,
    })
  })

  it('is replayed byte for byte, with its first time and the headers that it came with', () => {
    expect(replayOf(letter, 3)).toEqual({
      topic: 'payout.commands',
      partition: 3,
      key: letter.key,
      value: letter.value,
      headers: { traceparent: '00-1-2-01', 'first-timestamp': '1000' },
    })
  })

  it('goes back to the topic that it came from', () => {
    expect(replayOf({ ...letter, topic: 'agreement.commands.dlq' }, 0).topic).toBe('agreement.commands')
  })

  it('is not replayed where its value had no room: the length is told, and where it stands', () => {
    const empty = { ...letter, value: null, headers: { ...letter.headers, 'dead-letter-value-left-out': '4194000' } }
    expect(deadLetterOf(empty).bytes).toBe(4_194_000)
    expect(() => replayOf(empty, 3)).toThrow('payout.commands/3@17')
  })

  it('takes its own time for the first one where no header tells it', () => {
    const bare = { ...letter, headers: {} }
    expect(replayOf(bare, 1).headers).toEqual({ 'first-timestamp': '2000' })
    expect(partitionBefore(bare)).toBeUndefined()
    expect(partitionBefore(letter)).toBe(3)
  })
})
