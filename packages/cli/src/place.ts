/** Where a record stands: `topic/partition@offset`. */
export function placeOf({
  topic,
  partition,
  offset,
}: {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}): string {
  return `${topic}/${partition}@${offset}`
}
