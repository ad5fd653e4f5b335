import { PipelineError } from '@payout/schemas/error'
import type { TopicName } from '@payout/schemas/topics'
import type { ClaimKind } from './port.ts'

/**
 * The names of the keys of one namespace. What varies freely comes last in each, so no two things can meet in one key.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `<ns>:marker` | string | the replication id under which the state store is whole |
 * | `<ns>:rebuild` | string | `token\|began\|replication id` of the rebuild under way |
 * | `<ns>:rebuild:alive` | string, expires | there while a rebuild shows that it goes on |
 * | `<ns>:checkpoints` | hash | `group/topic/partition` → `next:committedAt` |
 * | `<ns>:claim:<kind>:<partner/id>` | string; those of notifies and services expire, of payouts and batches once these are settled | content hash, coordinates, time of the claim |
 * | `<ns>:state:<key>` | string, expires once it is settled | revision and value of a state of the reconciler's |
 * | `<ns>:name:<name>` | string, expires with its state | the key of the state that holds the name |
 * | `<ns>:timers:<lane>` | sorted set | members by the time they are due |
 * | `<ns>:ingress:<key>` | string, expires | notifies that ingress has stored |
 * | `<ns>:form:<key>` | string, expires | forms that were shown |
 */
export class Keys {
  readonly namespace: string

  /** @throws PipelineError NAMESPACE_INVALID: a colon in it would let one namespace reach into another. */
  constructor(namespace: string) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(namespace)) {
      throw new PipelineError(
        'NAMESPACE_INVALID',
        `"${namespace}" is no namespace: give letters, digits, dots, hyphens and underscores`,
      )
    }
    this.namespace = namespace
  }

  get marker(): string {
    return `${this.namespace}:marker`
  }

  get rebuild(): string {
    return `${this.namespace}:rebuild`
  }

  get rebuildAlive(): string {
    return `${this.namespace}:rebuild:alive`
  }

  get checkpoints(): string {
    return `${this.namespace}:checkpoints`
  }

  claim(kind: ClaimKind, key: string): string {
    return `${this.namespace}:claim:${kind}:${key}`
  }

  state(key: string): string {
    return `${this.namespace}:state:${key}`
  }

  name(name: string): string {
    return `${this.namespace}:name:${name}`
  }

  timers(lane: number): string {
    return `${this.namespace}:timers:${lane}`
  }

  usedForm(key: string): string {
    return `${this.namespace}:form:${key}`
  }

  storedNotify(key: string): string {
    return `${this.namespace}:ingress:${key}`
  }
}

/** The field of a checkpoint in its hash. */
export function checkpointField(group: string, topic: TopicName, partition: number): string {
  return `${group}/${topic}/${partition}`
}
