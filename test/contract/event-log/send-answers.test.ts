/** What an answer to a send has to say before anything counts as stored. */
import { describe, expect, it } from 'vitest'
import { drained, expectPassed, fill, passThrough, requests } from './ground.ts'
import { api } from './kafka-proxy.ts'
import { proxiedGround } from './proxied-ground.ts'

const group = 'gateway-egress'

const ground = proxiedGround()

describe('an answer to a send of a transaction', { timeout: 60_000 }, () => {
  it.each([
    // Size, correlation id, topics, the first one's name, its partitions: then the number of the first one, its error
    // and its offset.
    ['names another partition', (answer: Buffer, at: number) => answer.writeInt32BE(1, at)],
    ['names an error', (answer: Buffer, at: number) => answer.writeInt16BE(6, at + 4)],
    ['has no offset', (answer: Buffer, at: number) => answer.writeBigInt64BE(-1n, at + 6)],
  ])('S3.3: that %s confirms nothing: the transaction fails, and all is done again', async (_, spoil) => {
    const { log, another } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 10 })
    let spoilt = 0
    ground.rules = {
      response: ({ apiKey, clientId }, answer) => {
        if (apiKey !== api.produce || clientId !== 'worker' || spoilt === 2) return true
        spoilt++
        spoil(answer, 18 + answer.readInt16BE(12))
        return true
      },
    }
    let sessions = 0
    const pass = passThrough()
    const consumer = await another({ clientId: 'worker' }).consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: (session) => {
        sessions++
        return pass(session)
      },
    })
    await drained(log, group, requests)
    await consumer.stop(5_000)
    expect([spoilt, sessions]).toEqual([2, 3])
    await expectPassed(log, input)
  })
})
