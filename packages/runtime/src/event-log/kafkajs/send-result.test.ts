import { describe, expect, it } from 'vitest'
import { LogUnavailableError } from '../errors.ts'
import { firstOffset } from './send-result.ts'

const stored = { topicName: 'ns.gateway.requests', partition: 2, errorCode: 0, baseOffset: '41' }

describe('firstOffset', () => {
  it('gives the offset of the first record', () => {
    expect(firstOffset([stored], 'ns.gateway.requests', 2)).toBe(41)
  })

  it.each([
    ['a result without the partition, which kafkajs never sent', []],
    ['another partition', [{ ...stored, partition: 3 }]],
    ['another topic', [{ ...stored, topicName: 'ns.gateway.answers' }]],
    ['an error code', [{ ...stored, errorCode: 6 }]],
    ['no offset', [{ ...stored, baseOffset: '-1' }]],
    ['two results for one send', [stored, { ...stored, partition: 3 }]],
  ])('refuses %s', (_, results) => {
    expect(() => firstOffset(results, 'ns.gateway.requests', 2)).toThrow(LogUnavailableError)
  })
})
