import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'

/** For a group of one member: it gets these partitions of topics (with their namespace), and nothing else is fetched. */
export function exactAssigner(
  places: readonly { readonly name: string; readonly partition: number }[],
): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = AssignerProtocol
  const name = 'PayoutReader'
  const version = 0
  const none = Buffer.alloc(0)
  const assignment: Record<string, number[]> = {}
  for (const place of places) assignment[place.name] = [...(assignment[place.name] ?? []), place.partition]
  return () => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics: [...topics], userData: none }),
    }),
    assign: async ({ members }) =>
      members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({ version, assignment, userData: none }),
      })),
  })
}
