/** Which member of a group works on which lane. */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = AssignerProtocol

/** A member as it asks for lanes: those that it works on already are kept where that is fair. */
export interface LaneMember {
  readonly id: string
  readonly owned: readonly number[]
}

/**
 * Gives each of `lanes` lanes to one member: shares differ by one at most, a member keeps what it has as far as its share goes, and
 * the same input always gives the same answer. Without members the result is empty.
 */
export function assignLanes(lanes: number, members: readonly LaneMember[]): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const given = new Map<string, number[]>(sorted.map(({ id }) => [id, []]))
  if (sorted.length === 0) return given
  const share = Math.floor(lanes / sorted.length)
  let largerShares = lanes % sorted.length
  const free = new Set(Array.from({ length: lanes }, (_, lane) => lane))
  for (const { id, owned } of [...sorted].sort((a, b) => b.owned.length - a.owned.length)) {
    const mine = given.get(id) ?? []
    const room = share + (largerShares > 0 && owned.length > share ? 1 : 0)
    for (const lane of owned) if (mine.length < room && free.delete(lane)) mine.push(lane)
    if (mine.length > share) largerShares--
  }
  for (const lane of free) {
    const smallest = [...given.values()].reduce((a, b) => (b.length < a.length ? b : a))
    smallest.push(lane)
  }
  for (const mine of given.values()) mine.sort((a, b) => a - b)
  return given
}

/** The lanes that a member says it owns; a member of another version may say anything. */
function ownedLanes(userData: Buffer): number[] {
  if (userData.length % 4 !== 0) return []
  return Array.from({ length: userData.length / 4 }, (_, at) => userData.readInt32BE(at * 4))
}

/**
 * Partition p of every topic goes to one member (docs/architecture.md), also where topics have different numbers of partitions.
 * `owned` tells the lanes of this member at the time of a join.
 */
export function laneAssigner(owned: () => readonly number[]): PartitionAssigner {
  const name = 'PayoutLanes'
  const version = 0
  return ({ cluster }) => ({
    name,
    version,
    protocol({ topics }) {
      const lanes = owned()
      const userData = Buffer.alloc(lanes.length * 4)
      for (const [at, lane] of lanes.entries()) userData.writeInt32BE(lane, at * 4)
      return { name, metadata: MemberMetadata.encode({ version, topics: [...topics], userData }) }
    },
    async assign({ members, topics }) {
      const partitions = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
      const lanes = Math.max(0, ...partitions.values())
      const asking = members.map(({ memberId, memberMetadata }) => ({
        id: memberId,
        owned: ownedLanes(MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0)),
      }))
      return [...assignLanes(lanes, asking)].map(([memberId, mine]) => {
        const assignment: Record<string, number[]> = {}
        for (const [topic, count] of partitions) assignment[topic] = mine.filter((lane) => lane < count)
        return {
          memberId,
          memberAssignment: MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
        }
      })
    },
  })
}
