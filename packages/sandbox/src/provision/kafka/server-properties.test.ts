import { describe, expect, it } from 'vitest'
import { brokerSettings, serverProperties } from './server-properties.ts'

const one = {
  id: 1,
  port: 19092,
  controllers: [{ id: 1, port: 19093 }],
  dataFolder: '/tmp/kafka 1/data',
  goesOn: false,
}
const three = {
  ...one,
  id: 2,
  controllers: [
    { id: 1, port: 19093 },
    { id: 2, port: 29093 },
    { id: 3, port: 39093 },
  ],
}

describe('server.properties', () => {
  // What java.util.Properties.store writes for the same pairs (OpenJDK 17).
  it.each([
    ['log.dirs', '/tmp/a b/c', 'log.dirs=/tmp/a b/c'],
    ['a b', '  x', String.raw`a\ b=\  x`],
    ['k:=#!', 'v:=#!', String.raw`k\:\=\#\!=v\:\=\#\!`],
    ['p', 'C:\\x\ty\nz\r\f', String.raw`p=C\:\\x\ty\nz\r\f`],
    ['name', '中文 é ~\u007f😀', String.raw`name=\u4E2D\u6587 \u00E9 ~\u007F\uD83D\uDE00`],
    ['empty', '', 'empty='],
  ])('writes %j = %j as Java does', (key, value, line) => {
    expect(serverProperties({ [key]: value })).toBe(`${line}\n`)
  })
})

describe('the settings of a broker', () => {
  it('of one broker ask for no second replica', () => {
    expect(brokerSettings(one)).toMatchObject({
      'controller.quorum.voters': '1@127.0.0.1:19093',
      'default.replication.factor': '1',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'min.insync.replicas': '1',
    })
  })

  it('of three brokers keep three replicas, two of them in sync, and name all controllers', () => {
    expect(brokerSettings(three)).toMatchObject({
      'node.id': '2',
      listeners: 'PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:29093',
      'controller.quorum.voters': '1@127.0.0.1:19093,2@127.0.0.1:29093,3@127.0.0.1:39093',
      'default.replication.factor': '3',
      'offsets.topic.replication.factor': '3',
      'transaction.state.log.replication.factor': '3',
      'transaction.state.log.min.isr': '2',
      'min.insync.replicas': '2',
    })
  })

  it('let a broker that is alone and new miss its heartbeats for a minute, and no other', () => {
    const patience = (place: Partial<typeof three>) => brokerSettings({ ...one, ...place })['broker.session.timeout.ms']
    expect([patience({}), patience({ goesOn: true }), patience(three)]).toEqual(['60000', '4000', '4000'])
  })

  it('listen on the loopback address only', () => {
    const addresses = Object.entries(brokerSettings(three)).filter(([key]) => key.endsWith('listeners'))
    expect(addresses.map(([, value]) => value).join()).not.toMatch(/0\.0\.0\.0|:\/\/:/)
  })

  it('take records of 4 MiB with room for their batch', () => {
    expect(Number(brokerSettings(one)['message.max.bytes'])).toBeGreaterThan(4 * 1024 * 1024)
  })

  it('are overridden by those that the caller gives', () => {
    const settings = brokerSettings(one, {
      'group.min.session.timeout.ms': '1000',
      'offsets.topic.num.partitions': '1',
    })
    expect(settings).toMatchObject({ 'group.min.session.timeout.ms': '1000', 'offsets.topic.num.partitions': '1' })
  })

  it('are refused for a broker that is not in its own cluster', () => {
    expect(() => brokerSettings({ ...three, id: 4 })).toThrow(RangeError)
  })
})
