import fc from 'fast-check'
import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { assignTasks, taskAssigner } from './assigner.ts'

const someMembers = fc
  .uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) => fc.record({ id: fc.constant(id), owned: fc.uniqueArray(fc.nat(30), { maxLength: 20 }) })),
    ),
  )

describe('assignLanes', () => {
  it('gives every task to exactly one member, in shares that differ by one at most', () => {
    fc.assert(
      fc.property(fc.nat(30), someMembers, (tasks, members) => {
        const given = assignTasks(tasks, members)
        const all = [...given.values()].flat().sort((a, b) => a - b)
        expect(all).toEqual(Array.from({ length: tasks }, (_, task) => task))
        const shares = [...given.values()].map(({ length }) => length)
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
        expect([...given.keys()].sort()).toEqual(members.map(({ id }) => id).sort())
      }),
    )
  })

  it('gives the same whatever the order of the members', () => {
    fc.assert(
      fc.property(fc.nat(30), someMembers, (tasks, members) => {
        const given = assignTasks(tasks, members)
        expect(assignTasks(tasks, [...members].reverse())).toEqual(given)
      }),
    )
  })

  it('moves nothing when nobody came or went', () => {
    fc.assert(
      fc.property(fc.nat(30), someMembers, (tasks, members) => {
        const before = assignTasks(tasks, members)
        const again = members.map(({ id }) => ({ id, owned: before.get(id) ?? [] }))
        expect(assignTasks(tasks, again)).toEqual(before)
      }),
    )
  })

  it('moves to a new member no more than its share', () => {
    const before = [
      { id: 'b', owned: [0, 2, 4, 6, 8, 10] },
      { id: 'c', owned: [1, 3, 5, 7, 9, 11] },
    ]
    const given = assignTasks(12, [...before, { id: 'a', owned: [] }])
    expect(given.get('b')).toEqual([0, 2, 4, 6])
    expect(given.get('c')).toEqual([1, 3, 5, 7])
    expect(given.get('a')).toEqual([8, 9, 10, 11])
  })

  it('gives a task that two members claim to one of them', () => {
    const given = assignTasks(2, [
      { id: 'a', owned: [0, 1] },
      { id: 'b', owned: [0, 1] },
    ])
    expect([...given.values()].map(({ length }) => length)).toEqual([1, 1])
  })
})

describe('laneAssigner', () => {
  it('gives partition p of every topic to one member, also where topics have different numbers of partitions', async () => {
    const counts: Record<string, number> = { requests: 5, answers: 5, commands: 2 }
    const cluster = {
      findTopicPartitionMetadata: (topic: string) => Array.from({ length: counts[topic] ?? 0 }),
    } as unknown as Cluster
    const member = (memberId: string, owned: number[]) => {
      const assigner = taskAssigner(() => owned)({ cluster, groupId: 'g', logger: {} as Logger })
      return { assigner, memberId, memberMetadata: assigner.protocol({ topics: Object.keys(counts) }).metadata }
    }
    const members = [member('a', []), member('b', [4, 1])]
    const assigned = await members[0]?.assigner.assign({ members, topics: Object.keys(counts) })
    const decoded = Object.fromEntries(
      (assigned ?? []).map(({ memberId, memberAssignment }) => {
        return [memberId, AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment]
      }),
    )
    expect(decoded).toEqual({
      a: { requests: [0, 2, 3], answers: [0, 2, 3], commands: [0] },
      b: { requests: [1, 4], answers: [1, 4], commands: [1] },
    })
  })
})
