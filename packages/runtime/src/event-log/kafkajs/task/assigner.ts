/** Which member of a group works on which task. */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = AssignerProtocol

/** A member as it asks for tasks: those that it works on already are kept where that is fair. */
export interface TaskMember {
  readonly id: string
  readonly owned: readonly number[]
}

/**
 * Gives each of `tasks` tasks to one member: shares differ by one at most, a member keeps what it has as far as its
 * share goes, and the same input always gives the same answer. Without members the result is empty.
 */
export function assignTasks(tasks: number, members: readonly TaskMember[]): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const given = new Map<string, number[]>(sorted.map(({ id }) => [id, []]))
  if (sorted.length === 0) return given
  const share = Math.floor(tasks / sorted.length)
  let largerShares = tasks % sorted.length
  const free = new Set(Array.from({ length: tasks }, (_, task) => task))
  for (const { id, owned } of [...sorted].sort((a, b) => b.owned.length - a.owned.length)) {
    const mine = given.get(id) ?? []
    const room = share + (largerShares > 0 && owned.length > share ? 1 : 0)
    for (const task of owned) if (mine.length < room && free.delete(task)) mine.push(task)
    if (mine.length > share) largerShares--
  }
  for (const task of free) {
    const smallest = [...given.values()].reduce((a, b) => (b.length < a.length ? b : a))
    smallest.push(task)
  }
  for (const mine of given.values()) mine.sort((a, b) => a - b)
  return given
}

/** The tasks that a member says it owns; a member of another version may say anything. */
function ownedTasks(userData: Buffer): number[] {
  if (userData.length % 4 !== 0) return []
  return Array.from({ length: userData.length / 4 }, (_, at) => userData.readInt32BE(at * 4))
}

/**
 * Partition p of every topic goes to one member (docs/architecture.md), also where topics have different numbers of
 * partitions. `owned` tells the tasks of this member at the time of a join.
 */
export function taskAssigner(owned: () => readonly number[]): PartitionAssigner {
  const name = 'PayoutLanes'
  const version = 0
  return ({ cluster }) => ({
    name,
    version,
    protocol({ topics }) {
      const tasks = owned()
      const userData = Buffer.alloc(tasks.length * 4)
      for (const [at, task] of tasks.entries()) userData.writeInt32BE(task, at * 4)
      return { name, metadata: MemberMetadata.encode({ version, topics: [...topics], userData }) }
    },
    async assign({ members, topics }) {
      const partitions = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
      const tasks = Math.max(0, ...partitions.values())
      const asking = members.map(({ memberId, memberMetadata }) => ({
        id: memberId,
        owned: ownedTasks(MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0)),
      }))
      return [...assignTasks(tasks, asking)].map(([memberId, mine]) => {
        const assignment: Record<string, number[]> = {}
        for (const [topic, count] of partitions) assignment[topic] = mine.filter((task) => task < count)
        return {
          memberId,
          memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
        }
      })
    },
  })
}
