import { describe, expect, it } from 'vitest'
import { LogUnavailableError } from '../../errors.ts'
import { confirmedOffsets, isWorthRepeating } from './send-result.ts'

describe('confirmedOffsets', () => {
  const requests = { topic: 'ns.gateway.requests', partition: 2 }
  const answers = { topic: 'ns.gateway.answers', partition: 2 }
  const good = { partition: 2, errorCode: 0, baseOffset: '41' }
  const topic = (topicName: string, ...partitions: (typeof good)[]) => ({ topicName, partitions })

  it('gives the offset of each partition, in the order in which they were sent', () => {
    const topics = [topic(answers.topic, good), topic(requests.topic, { ...good, baseOffset: '0' })]
    expect(confirmedOffsets({ topics }, [requests, answers])).toEqual([0, 41])
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
    expect(() => confirmedOffsets(answer, [requests, answers])).toThrow(LogUnavailableError)
  })
})

describe('isWorthRepeating', () => {
  const said = (type: string, retriable: boolean) => Object.assign(new Error(type), { type, retriable })

  it.each([
    ['a leader that has moved', said('NOT_LEADER_FOR_PARTITION', true), true],
    ['a broken connection', Object.assign(new Error('closed'), { retriable: true }), true],
    ['tries that were given up', Object.assign(new Error('given up'), { retriable: false }), true],
    ['a sequence that does not fit', said('OUT_OF_ORDER_SEQUENCE_NUMBER', false), false],
    ['an answer that does not confirm it', new LogUnavailableError('not confirmed'), false],
  ])('%s', (_, error, expected) => {
    expect(isWorthRepeating(error)).toBe(expected)
  })
})
