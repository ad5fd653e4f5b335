/** A Redis to work with. What the way taken cannot do throws a ProvisionError, code PROVISION_NOT_POSSIBLE. */
export interface RedisProvision {
  /** `redis://host:port`, the same after every start. */
  readonly url: string
  /** The process on this machine, while there is one that is known. */
  readonly pid: number | undefined
  /** Ends it by SIGKILL (the default) or SIGTERM, and waits until it is gone. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again with its data (all but the last second's) and its address, and waits until clients may come. */
  start(): Promise<void>
  /** Makes it stand still (SIGSTOP): connections stay open, nothing is answered. */
  pause(): Promise<void>
  /** Lets it go on. */
  resume(): Promise<void>
  /** `kill(signal)` (SIGTERM by default), then `start()`. */
  restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
}
