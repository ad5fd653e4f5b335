/** The headers that the signer gives a dead letter, besides those that the command came with. */
export const deadLetterHeaders = {
  code: 'dead-letter-code',
  explanation: 'dead-letter-explanation',
  topic: 'dead-letter-topic',
  partition: 'dead-letter-partition',
  offset: 'dead-letter-offset',
  /** Only where the value had no room: how many bytes it had. It still stands in the command topic. */
  valueLeftOut: 'dead-letter-value-left-out',
  /** The time stamp of the command when it first came, UTC milliseconds: a replay keeps it. */
  firstTime: 'first-timestamp',
} as const
