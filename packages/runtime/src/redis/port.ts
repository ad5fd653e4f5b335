/**
 * What the services keep in Redis, as they see it. Each method is an atomic script that first compares the marker
 * with the server's own replication id (S7.2); the keys begin with the namespace. Lists of any length are taken: they
 * are cut into scripts of up to 1,000 items, each atomic, so that one long list does not hold up everyone else.
 *
 * When Redis is away every method rejects with `RedisUnavailableError`, within about the command's time limit; when
 * the marker is missing or was written under another replication id, with `RedisNotTrustedError`. After the second
 * that script wrote nothing. After the first what it would have written may stand there or not, or come to stand
 * there later; repeating the call is always right (a claim that did arrive is then `reentrant`, a swap that did
 * arrive then answers false: read again). After either nothing may be signed or sent until a later call succeeds
 * (S7.1).
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

/**
 * What is claimed: a payout's id, a notify with its content, a batch number, the id of a request of another service,
 * a withdrawal serial of a return file.
 */
export type ClaimKind = 'payout' | 'notify' | 'batch' | 'service' | 'return'

export interface Claim {
  /** `partner/id`. */
  readonly key: string
  /** Hash of the content, base64url. */
  readonly contentHash: string
  readonly coordinates: Coordinates
}

export type ClaimOutcome =
  /** It was free and is ours now. */
  | { readonly kind: 'acquired' }
  /** Held by the same coordinates: our own record again, first claimed at `claimedAt` (UTC ms by Redis' clock). */
  | { readonly kind: 'reentrant'; readonly claimedAt: number }
  /** Held by other coordinates, with the same content or another. */
  | { readonly kind: 'duplicate'; readonly sameContent: boolean; readonly by: Coordinates; readonly claimedAt: number }
  /** The record lies below its partition's checkpoint: it is done with, and nothing was stored (S2.4). */
  | { readonly kind: 'stale' }

/** Claims by coordinates (S2). */
export interface Claims {
  /**
   * Claims each by itself; outcomes in the same order. `group` names whose checkpoints count: a record below the
   * checkpoint of its partition is `stale` whatever is held. Of one key named twice the second sees the first.
   */
  claim(kind: ClaimKind, group: string, claims: readonly Claim[]): Promise<ClaimOutcome[]>
  /**
   * The outcome of these payouts is being written, and nothing was ever sent for them: their claims end `CLAIM_LIFE`
   * from now. One that is held by other coordinates, or by none, stays as it is. To be called before the outcome is
   * committed, so that it is repeated with the record after a crash.
   */
  settle(kind: 'payout', claims: readonly Claim[]): Promise<void>
}

/** A claim that lives as long as a state. */
export interface ClaimName {
  readonly kind: ClaimKind
  /** `partner/id`. */
  readonly key: string
}

/** A state as it was read. */
export interface StoredState {
  /** Another one each time that the state is written, and never one again. */
  readonly revision: string
  readonly value: string
}

/** How long a state shall live, and what lives as long. */
export interface KeptState {
  readonly key: string
  /**
   * True: nothing is open about it any more, so it ends `CLAIM_LIFE` from now, with the claims and names given here.
   * Otherwise none of them ever ends.
   */
  readonly settled?: boolean
  readonly claims?: readonly ClaimName[]
  /** Names that it holds. */
  readonly names?: readonly string[]
}

/** What a state shall become, if it still has the revision `before`; undefined: absent. */
export interface StateChange extends KeptState {
  readonly before: string | undefined
  /** Undefined: it is only checked that it still has that revision. */
  readonly after: string | undefined
  /**
   * Of its names, those that it takes with this change. Where another state holds one of them already, nothing of the
   * change is done.
   */
  readonly takes?: readonly string[]
}

/** One group's progress in one input partition. */
export interface Checkpoint {
  readonly next: number
  /** When the commit was made, UTC milliseconds. */
  readonly committedAt: number
}

/** A checkpoint with the input partition that it is of. */
export interface PartitionCheckpoint extends Checkpoint {
  readonly topic: TopicName
  readonly partition: number
}

/** A checkpoint as it stands in Redis. */
export interface StoredCheckpoint {
  readonly group: string
  readonly topic: TopicName
  readonly partition: number
  readonly checkpoint: Checkpoint
}

/** Checkpoints: the next offset of each input partition after its last commit (S2.4). */
export interface Checkpoints {
  /** Only upwards: one that is not above what stands there changes nothing, its time neither. */
  raise(group: string, checkpoints: readonly PartitionCheckpoint[]): Promise<void>
  get(group: string, topic: TopicName, partition: number): Promise<Checkpoint | undefined>
  all(): Promise<StoredCheckpoint[]>
  /**
   * For a topic that was made anew, when a person says so (S2.5): its old offsets mean nothing any more. Answers how
   * many checkpoints went.
   */
  forget(topic: TopicName): Promise<number>
}

/**
 * Values by key with compare-and-set: what the reconciler knows of each batch. What is open lives without end, what is
 * settled as long as a claim. A state can hold names, each name is held by one state.
 */
export interface States {
  read(keys: readonly string[]): Promise<(StoredState | undefined)[]>
  /** The key of the state that holds each name; undefined where none does. */
  holders(names: readonly string[]): Promise<(string | undefined)[]>
  /**
   * Makes each change by itself. Answers for each the revision that the state has now, or undefined where nothing was
   * done: it has another revision, or another state holds a name.
   */
  swap(changes: readonly StateChange[]): Promise<(string | undefined)[]>
}

export interface Timer {
  readonly member: string
  /** UTC milliseconds. */
  readonly at: number
}

/** When batches are due, by lane. */
export interface Timers {
  /** A member that is there already gets the new time. `at`: UTC milliseconds. */
  add(lane: number, entries: readonly Timer[]): Promise<void>
  /** Members due at `now` or before, earliest first; they stay until they are removed. */
  due(lane: number, now: number, limit: number): Promise<string[]>
  remove(lane: number, members: readonly string[]): Promise<void>
}

/**
 * What ingress remembers of stored notifies, in a name space of its own and without the marker (S2.6): what is
 * forgotten here is verified and stored once more, and deduplicated by the reconciler.
 */
export interface StoredNotifies {
  has(key: string): Promise<boolean>
  add(key: string): Promise<void>
}

/**
 * Which forms were shown, in a name space of ingress' own and without the marker. What is forgotten here can be shown
 * once more within its life: the user signs the same agreement, or Alipay says that it is signed.
 */
export interface UsedForms {
  /**
   * Marks the form as used, for `lifeMs` milliseconds from now; false where it was used before. Of two at once one
   * gets true.
   * @throws RedisUnavailableError: then the form may not be shown.
   */
  use(key: string, lifeMs: number): Promise<boolean>
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
  /**
   * Puts a token of its own in place and remembers the replication id: of two rebuilds at once the later one goes on.
   * The marker stays as it is until `finish()`, so that what stops half-way can be begun again from the checkpoints.
   * @throws RebuildSupersededError while Redis is trusted: the services work, and a rebuild would write over what
   *   they write.
   */
  begin(): Promise<RebuildWriter>
  /**
   * True while a rebuild has shown within the last ten seconds that it goes on: a reason to wait, never a reason to
   * trust.
   */
  underWay(): Promise<boolean>
}

/** A claim as the topics tell of it. */
export interface RebuiltClaim extends Claim {
  /** UTC milliseconds. */
  readonly claimedAt: number
  readonly settledAt?: number
}

/**
 * Each read and write is a script that refuses with `RebuildSupersededError` unless token and replication id are
 * still those of `begin()`, and asks for no marker. Order of the writes: claims and states, then checkpoints, then
 * `finish()` (S7.4).
 */
export interface RebuildWriter {
  /** Shows that this rebuild goes on; to be called every few seconds. */
  touch(): Promise<void>
  /** The checkpoints that Redis still holds: where the tail begins (S7.3). */
  readCheckpoints(): Promise<StoredCheckpoint[]>
  /**
   * Claims that are absent are set; what stands there stays. Payouts and batches are open, and their claims without
   * end, unless `settledAt` tells since when (UTC milliseconds) they are not; then, and of the other kinds since
   * `claimedAt`, they get what is left of their life.
   */
  claims(kind: ClaimKind, claims: readonly RebuiltClaim[]): Promise<void>
  /** What the rebuild must merge with. */
  readStates(keys: readonly string[]): Promise<(StoredState | undefined)[]>
  /** As `holders` of the states. */
  holders(names: readonly string[]): Promise<(string | undefined)[]>
  /** As `swap`, whatever stands there and whoever holds the names. */
  states(values: readonly (KeptState & { value: string })[]): Promise<void>
  due(lane: number, entries: readonly Timer[]): Promise<void>
  /** Offsets only upwards; the time is always taken: what is older was read by the rebuild. */
  checkpoints(group: string, checkpoints: readonly PartitionCheckpoint[]): Promise<void>
  /** Writes the marker and takes the token away. Where the answer got lost, `trust()` tells whether it arrived. */
  finish(): Promise<void>
}

/** Everything in Redis of one namespace. */
export interface StateStore {
  readonly claims: Claims
  readonly checkpoints: Checkpoints
  readonly states: States
  readonly timers: Timers
  readonly storedNotifies: StoredNotifies
  readonly usedForms: UsedForms
  readonly rebuild: Rebuild
  /** False while commands fail or time out. A hint for health checks; it says nothing about trust. */
  readonly healthy: boolean
  close(): Promise<void>
}
