/** One broker. What the way taken cannot do throws a ProvisionError, code PROVISION_NOT_POSSIBLE. */
export interface KafkaNode {
  /** Kafka's `node.id`. */
  readonly id: number
  /** `host:port`, the same after every start. */
  readonly address: string
  /** The process on this machine, while there is one that is known. */
  readonly pid: number | undefined
  /** Ends it by SIGKILL (the default) or SIGTERM, and waits until it is gone. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again with its data and its address, and waits until clients may come. */
  start(): Promise<void>
  /** Makes it stand still (SIGSTOP): connections stay open, nothing is answered. */
  pause(): Promise<void>
  /** Lets it go on. */
  resume(): Promise<void>
}

/** A Kafka to work with. */
export interface KafkaProvision {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: string[]
  /** The brokers; empty when they are somebody else's (addresses from the environment). */
  readonly nodes: readonly KafkaNode[]
  /** Ends all brokers (SIGTERM by default), then starts them again. */
  restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
}
