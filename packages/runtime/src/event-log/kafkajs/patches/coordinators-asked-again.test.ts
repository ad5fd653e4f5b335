import { describe, expect, it } from 'vitest'
import { type CoordinatedCluster, rememberCoordinators } from './coordinators-asked-again.ts'

/** A cluster of brokers 1 and 2, of which `coordinator` coordinates everything; counts what it is asked. */
function cluster() {
  const state = { coordinator: 1, asked: 0, failsWith: '', gone: new Set<number>() }
  const answer = async () => {
    if (state.failsWith) throw Object.assign(new Error(state.failsWith), { type: state.failsWith })
    return 'answered'
  }
  const names = ['joinGroup', 'syncGroup', 'heartbeat', 'leaveGroup', 'offsetFetch', 'offsetCommit'] as const
  const more = ['describeGroups', 'deleteGroups', 'initProducerId', 'addPartitionsToTxn', 'addOffsetsToTxn'] as const
  const brokers = Object.fromEntries(
    [...names, ...more, 'txnOffsetCommit', 'endTxn'].map((name) => [name, answer]),
  ) as unknown as Parameters<typeof rememberCoordinators>[1]
  const nodes = [1, 2].map((nodeId) => Object.assign(Object.create(brokers) as typeof brokers, { nodeId }))
  const clusters: CoordinatedCluster = {
    findBroker: async ({ nodeId }) => {
      const found = nodes.find((node) => node.nodeId === nodeId)
      if (found === undefined || state.gone.has(found.nodeId)) throw new Error('not reached')
      return found
    },
    findGroupCoordinator: async () => {
      state.asked++
      return nodes[state.coordinator - 1] as (typeof nodes)[number]
    },
  }
  rememberCoordinators(clusters, brokers)
  const find = async (groupId: string, coordinatorType?: number) =>
    (await clusters.findGroupCoordinator({
      groupId,
      ...(coordinatorType === undefined ? {} : { coordinatorType }),
    })) as (typeof nodes)[number]
  return { state, find }
}

describe('rememberCoordinators', () => {
  it('asks once for each group and each transactional id', async () => {
    const { state, find } = cluster()
    for (let n = 0; n < 3; n++) {
      await find('a')
      await find('b')
      await find('a', 1)
    }
    expect(state.asked).toBe(3)
  })

  it('asks again after any request to a coordinator has failed', async () => {
    const { state, find } = cluster()
    await (await find('a')).heartbeat({})
    state.coordinator = 2
    state.failsWith = 'NOT_COORDINATOR'
    await expect((await find('a')).endTxn({})).rejects.toThrow('NOT_COORDINATOR')
    expect((await find('a')).nodeId).toBe(2)
    expect(state.asked).toBe(2)
  })

  it('does not ask again when the coordinator itself says that something else is under way', async () => {
    const { state, find } = cluster()
    state.failsWith = 'CONCURRENT_TRANSACTIONS'
    await expect((await find('a')).addPartitionsToTxn({})).rejects.toThrow('CONCURRENT_TRANSACTIONS')
    await find('a')
    expect(state.asked).toBe(1)
  })

  it('asks again when the coordinator can not be reached any more', async () => {
    const { state, find } = cluster()
    await find('a')
    state.coordinator = 2
    state.gone.add(1)
    expect((await find('a')).nodeId).toBe(2)
  })
})
