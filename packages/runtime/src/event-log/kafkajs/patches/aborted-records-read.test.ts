import { describe, expect, it } from 'vitest'
import { type FetchedPartition, type FetchedRecord, hideAbortedRecords } from './aborted-records-read.ts'

const ABORT = Buffer.from([0, 0, 0, 0])
const COMMIT = Buffer.from([0, 0, 0, 1])

function record(offset: number, producerId: string, control?: Buffer): FetchedRecord {
  const key = control ?? Buffer.from('key')
  return {
    offset: String(offset),
    key,
    isControlRecord: control !== undefined,
    batchContext: { producerId, inTransaction: producerId !== '-1' },
  }
}

function visible(partition: FetchedPartition): number[] {
  hideAbortedRecords(partition)
  return partition.messages.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => Number(offset))
}

describe('what a fetch holds of aborted transactions', () => {
  it('S3: is hidden, also of two producers that began before the first record of the fetch', () => {
    // The fetch begins at 10: transaction A began at 8, B at 10. kafkajs by itself hands out 10.
    const messages = [
      record(10, 'B'),
      record(11, 'A'),
      record(12, 'A', ABORT),
      record(13, 'B', ABORT),
      record(14, 'A'),
      record(15, 'A', COMMIT),
    ]
    const abortedTransactions = [
      { producerId: 'A', firstOffset: '8' },
      { producerId: 'B', firstOffset: '10' },
    ]
    expect(visible({ messages, abortedTransactions })).toEqual([14])
  })

  it('S3: shows a marker that cannot be decoded: what stands behind it may be committed', () => {
    const { batchContext, ...damaged } = record(11, 'A')
    const marker = { ...damaged, batchContext: { ...batchContext, isControlBatch: true } }
    const messages = [record(10, 'A'), marker, record(12, 'A')]
    expect(visible({ messages, abortedTransactions: [{ producerId: 'A', firstOffset: '10' }] })).toEqual([11, 12])
  })

  it('is hidden in whatever order the transactions are named, and no more than that', () => {
    const messages = [
      record(1, 'C'),
      record(2, 'A'),
      record(3, 'B'),
      record(4, 'B', ABORT),
      record(5, '-1'),
      record(6, 'A', ABORT),
      record(7, 'C', COMMIT),
      record(8, 'B'),
      record(9, 'B', ABORT),
    ]
    const abortedTransactions = [
      { producerId: 'B', firstOffset: '8' },
      { producerId: 'B', firstOffset: '3' },
      { producerId: 'A', firstOffset: '2' },
    ]
    expect(visible({ messages, abortedTransactions })).toEqual([1, 5])
  })

  it('is told by control records alone: a key of four zero bytes ends no transaction', () => {
    const looksAlike = { ...record(2, 'A'), key: ABORT }
    const messages = [record(1, 'A'), looksAlike, record(3, 'A'), record(4, 'A', ABORT), record(5, 'A')]
    expect(visible({ messages, abortedTransactions: [{ producerId: 'A', firstOffset: '1' }] })).toEqual([5])
  })

  it('is nothing where none was aborted', () => {
    expect(visible({ messages: [record(1, 'A'), record(2, 'A', COMMIT)], abortedTransactions: null })).toEqual([1])
  })

  it('leaves nothing for the filter behind it', () => {
    const partition: FetchedPartition = {
      messages: [record(1, 'A')],
      abortedTransactions: [{ producerId: 'A', firstOffset: '1' }],
    }
    hideAbortedRecords(partition)
    expect(partition.abortedTransactions).toEqual([])
  })
})
