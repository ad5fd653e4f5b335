import { describe, expect, it } from 'vitest'
import { LogUnavailableError } from '../../errors.ts'
import { checkProduced, firstOffset } from './send-result.ts'

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

describe('checkProduced', () => {
  const requests = { topic: 'ns.gateway.requests', partition: 2 }
  const answers = { topic: 'ns.gateway.answers', partition: 2 }
  const good = { partition: 2, errorCode: 0, baseOffset: '41' }
  const topic = (topicName: string, ...partitions: (typeof good)[]) => ({ topicName, partitions })

  it('takes an answer that names each partition once', () => {
    const topics = [topic(answers.topic, good), topic(requests.topic, { ...good, baseOffset: '0' })]
    expect(() => checkProduced({ topics }, [requests, answers])).not.toThrow()
  })

  it.each([
    ['no answer', undefined],
    ['a partition that is not named', [topic(requests.topic, good)]],
    ['a partition that is named twice', [topic(requests.topic, good, good), topic(answers.topic, good)]],
    ['an error in one of them', [topic(requests.topic, good), topic(answers.topic, { ...good, errorCode: 6 })]],
    ['no offset', [topic(requests.topic, good), topic(answers.topic, { ...good, baseOffset: '-1' })]],
    [
      'a partition that was not sent',
      [topic(requests.topic, good, { ...good, partition: 3 }), topic(answers.topic, good)],
    ],
  ])('refuses %s', (_, topics) => {
    const answer = topics && { topics }
    expect(() => checkProduced(answer, [requests, answers])).toThrow(LogUnavailableError)
  })
})
