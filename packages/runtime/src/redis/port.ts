/**
 * What the services keep in Redis, as they see it. Each method is one atomic script that first compares the marker with the
 * server's own replication id (DESIGN.md S7.2); the keys begin with the namespace.
 *
 * When Redis is away every method rejects with `RedisUnavailableError`; when the marker is missing or was written under another
 * replication id, with `RedisNotTrustedError`. After either nothing was written by that call as far as the caller may
 * rely on it, and nothing may be signed or sent until a later call succeeds (S7.1).
 */
import type { TopicName } from '@payout/schemas/topics'

/** Where a record stands: what a claim is held by (S2.2). */
export interface Coordinates {
  readonly topic: TopicName
  readonly partition: number
  readonly offset: number
  /** Which line of a batch command; 0 for all else. */
  readonly line: number
  /** The record's own time stamp, UTC milliseconds. */
  readonly timestamp: number
}

/** What is claimed: a payout's id, a notify with its content, a batch number. */
export type ClaimKind = 'payout' | 'notify' | 'batch'

export interface Claim {
  /** `partner/id`. */
  readonly key: string
  /** Hash of the content, base64url. */
  readonly contentHash: string
  readonly coordinates: Coordinates
}

export type ClaimOutcome =
  /** It was free and is ours now. */
  | { readonly kind: 'free' }
  /** Held by the same coordinates: our own record again, first claimed at `claimedAt` (UTC ms by Redis' clock). */
  | { readonly kind: 'own'; readonly claimedAt: number }
  /** Held by other coordinates, with the same content or another. */
  | { readonly kind: 'held'; readonly sameContent: boolean; readonly by: Coordinates; readonly claimedAt: number }
  /** The record lies below its partition's floor: it is done with, and nothing was stored (S2.4). */
  | { readonly kind: 'done' }

/** Claims by coordinates (S2). */
export interface Claims {
  /** Claims all of them in one script call, each by itself; outcomes in the same order. `group` names whose floors count. */
  claim(kind: ClaimKind, group: string, claims: readonly Claim[]): Promise<ClaimOutcome[]>
}

/** One group's progress in one input partition. */
export interface Floor {
  readonly next: number
  /** When the commit was made, UTC milliseconds. */
  readonly committedAt: number
}

/** Floors: the next offset of each input partition after its last commit (S2.4). */
export interface Floors {
  /** Only upwards. */
  raise(group: string, floors: readonly { topic: TopicName; partition: number; next: number; committedAt: number }[]): Promise<void>
  get(group: string, topic: TopicName, partition: number): Promise<Floor | undefined>
  all(): Promise<{ group: string; topic: TopicName; partition: number; floor: Floor }[]>
}

/** Values by key with compare-and-set: the reconciler's payout states and known batches. */
export interface States {
  read(keys: readonly string[]): Promise<(string | undefined)[]>
  /** Sets each key whose value is still `before` (undefined: absent); answers for each whether it was set. */
  swap(changes: readonly { key: string; before: string | undefined; after: string }[]): Promise<boolean[]>
}

/** When batches are due, by lane. */
export interface DueDates {
  add(lane: number, entries: readonly { member: string; at: number }[]): Promise<void>
  /** Members due at `now` or before, earliest first; they stay until they are removed. */
  due(lane: number, now: number, limit: number): Promise<string[]>
  remove(lane: number, members: readonly string[]): Promise<void>
}

export interface PartnerStop {
  /** The code that stopped it, or `person`. */
  readonly reason: string
  readonly since: number
  /** Lets itself go on at this time, UTC milliseconds; undefined: only a person does. */
  readonly until?: number
}

/** Partners that may not be sent for (S5.6). */
export interface PartnerStops {
  stop(alias: string, stop: PartnerStop): Promise<void>
  go(alias: string): Promise<void>
  /** The stops in force at `now`, by alias. Also what egress asks before each call, since it is refused where Redis is not trusted. */
  stopped(now: number): Promise<ReadonlyMap<string, PartnerStop>>
}

/** What ingress remembers of stored notifies, in a name space of its own and without the marker (S2.6, section 4). */
export interface StoredNotifies {
  has(key: string): Promise<boolean>
  add(key: string): Promise<void>
}

export type RedisTrust =
  | 'trusted'
  /** No marker: a new installation, or everything was lost. */
  | 'no-marker'
  /** Written under another replication id: a failover, or a plain restart. */
  | 'other-replication-id'

/** The marker and the rebuild that ends with it (S7). */
export interface Rebuild {
  trust(): Promise<RedisTrust>
  /** Puts a token of its own in place and remembers the replication id: of two rebuilds at once the later one goes on. */
  begin(): Promise<RebuildWriter>
  /** True while another rebuild's token is younger than `withinMs`: a reason to wait, never a reason to trust. */
  underWay(withinMs: number): Promise<boolean>
}

/** Each write is a script that refuses with `RebuildSupersededError` unless token and replication id are still those of `begin()`. */
export interface RebuildWriter {
  /** Claims that are absent are set; what stands there stays. */
  claims(kind: ClaimKind, claims: readonly (Claim & { claimedAt: number })[]): Promise<void>
  /** The floors that are still there: where a tail begins (S7.3). Not refused for want of a marker. */
  readFloors(): Promise<{ group: string; topic: TopicName; partition: number; floor: Floor }[]>
  /** What the rebuild must merge with. Not refused for want of a marker. */
  readStates(keys: readonly string[]): Promise<(string | undefined)[]>
  states(values: readonly { key: string; value: string }[]): Promise<void>
  due(lane: number, entries: readonly { member: string; at: number }[]): Promise<void>
  stops(stops: readonly { alias: string; stop: PartnerStop }[]): Promise<void>
  floors(group: string, floors: readonly { topic: TopicName; partition: number; next: number; committedAt: number }[]): Promise<void>
  /** Writes the marker; the rebuild is over. */
  finish(): Promise<void>
}

/** Everything in Redis of one namespace. */
export interface Memory {
  readonly claims: Claims
  readonly floors: Floors
  readonly states: States
  readonly dueDates: DueDates
  readonly partnerStops: PartnerStops
  readonly storedNotifies: StoredNotifies
  readonly rebuild: Rebuild
  /** False while commands fail or time out. */
  readonly healthy: boolean
  close(): Promise<void>
}
