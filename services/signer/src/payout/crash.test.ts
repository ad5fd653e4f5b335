import { RedisNotTrustedError } from '@payout/runtime/redis/errors'
import { DAY_MS } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { NOON, payout, SignerBench } from '../testing/signer-bench.ts'
import { runPayoutTask } from './payout-task.ts'

describe('crashes (S2.2, S2.4)', () => {
  it('between claim and commit: the next session signs, under the same batch number', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p2', { amountFen: 0 }))
    bench.log.beforeCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    expect(bench.stateStore.held.size).toBe(2)
    bench.log.beforeCommit = () => undefined
    await bench.run()
    expect(bench.signed).toEqual(['p1'])
    expect(bench.events.map(({ name }) => name)).toEqual(['payout.PayoutFailed'])
  })

  it('between commit and checkpoint, with the offset gone back since: what was written is not written again', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.request(payout('p2', { amountFen: 0 }))
    bench.log.afterCommit = () => {
      throw new Error('the process ends')
    }
    await expect(bench.run()).rejects.toThrow('the process ends')
    bench.log.afterCommit = () => undefined
    bench.log.setOffset('payout.commands', 0, 0)
    bench.log.now += DAY_MS
    bench.request(payout('p3'))
    await bench.run()
    expect(bench.signed.sort()).toEqual(['p1', 'p3'])
    expect(bench.events).toHaveLength(1)
    // From a minute before the claim's own time.
    expect(bench.log.reads[0]?.from[0]?.at).toEqual({ timestamp: NOON - 60_000 })
  })

  it('the look for own outputs begins at the oldest claim that was found', async () => {
    const bench = new SignerBench()
    const fail = (message: string) => () => {
      throw new Error(message)
    }
    bench.request(payout('old'))
    bench.log.afterCommit = fail('first')
    await expect(bench.run()).rejects.toThrow('first')
    bench.log.now += DAY_MS
    bench.stateStore.now += DAY_MS
    bench.request(payout('young'))
    bench.log.afterCommit = fail('second')
    await expect(bench.run()).rejects.toThrow('second')
    bench.log.afterCommit = () => undefined
    bench.log.setOffset('payout.commands', 0, 0)
    await bench.run()
    expect(bench.signed.sort()).toEqual(['old', 'young'])
  })

  it('a zombie that was fenced writes nothing', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.log.beforeCommit = () => undefined
    const zombie = bench.log.open('payout.commands', 0)
    bench.log.open('payout.commands', 0)
    await expect(bench.work(zombie, runPayoutTask)).rejects.toThrow('fenced')
    await bench.run()
    expect(bench.signed).toEqual(['p1'])
  })

  it('committed offsets below the checkpoint stop the partition', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    await bench.run()
    bench.log.setOffset('payout.commands', 0, 0)
    await expect(bench.run()).rejects.toMatchObject({ code: 'TASK_OFFSETS_BEHIND' })
    expect(bench.signed).toEqual(['p1'])
  })

  it('nothing is signed while Redis is not trusted', async () => {
    const bench = new SignerBench()
    bench.request(payout('p1'))
    bench.stateStore.trusted = false
    await expect(bench.run()).rejects.toThrow(RedisNotTrustedError)
    expect(bench.log.commits).toEqual([])
  })
})
