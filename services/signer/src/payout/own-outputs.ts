import type { EventLog, LogRecord, TaskSession } from '@payout/runtime/event-log/port'
import type { Codec } from '@payout/schemas/codec'
import { type TopicName, topics } from '@payout/schemas/topics'
import { MINUTE_MS } from '@payout/schemas/units'

/** For clocks that differ: outputs are looked for from this long before the claim. */
const MARGIN_MS = MINUTE_MS

/**
 * Which records of a task's partition have committed outputs already (S2.2). A reentrant claim comes from a run that
 * crashed. If that run crashed before its commit, the record has to be processed. If it crashed between commit and
 * checkpoint, and the offset went back since, the record must not be processed. The outputs show which of the two it
 * was, since each carries the coordinates of its cause.
 *
 * The answer holds for one session: while it lasts, nobody else commits for this task. Opening the session has decided
 * every transaction that the task ever began, markers included. So all that is decided is read, also where an open
 * transaction of another task holds the last stable offset back.
 */
export class OwnOutputs {
  readonly #log: Pick<EventLog, 'read' | 'partitions'>
  readonly #codec: Codec
  readonly #session: TaskSession
  readonly #found = new Set<string>()
  #since = Number.POSITIVE_INFINITY

  constructor(log: Pick<EventLog, 'read' | 'partitions'>, codec: Codec, session: TaskSession) {
    this.#log = log
    this.#codec = codec
    this.#session = session
  }

  /**
   * Whether a committed output of this task names the line `line` of the record at `offset`.
   * @param claimedAt when its claim was made, UTC milliseconds.
   */
  async has(offset: number, line: number, claimedAt: number): Promise<boolean> {
    if (claimedAt < this.#since) await this.#look(claimedAt)
    return this.#found.has(`${offset}/${line}`)
  }

  async #look(claimedAt: number): Promise<void> {
    const at = { timestamp: claimedAt - MARGIN_MS }
    const outputs: TopicName[] = ['gateway.requests', 'payout.events']
    const from = []
    for (const topic of outputs) {
      const partitions = await this.#log.partitions(topic)
      for (let partition = 0; partition < partitions; partition++) from.push({ topic, partition, at })
    }
    const { signal } = this.#session
    for await (const record of this.#log.read({ from, until: 'decided', signal })) this.#note(record)
    this.#since = claimedAt
  }

  #note(record: LogRecord): void {
    for (const source of this.#sources(record)) {
      if (source.topic !== 'payout.commands' || source.partition !== this.#session.partition) continue
      this.#found.add(`${source.offset}/${source.line}`)
    }
  }

  #sources(record: LogRecord): { topic: string; partition: number; offset: number; line: number }[] {
    if (record.topic === 'gateway.requests') {
      const { name, value } = this.#codec.decode(record.value, topics['gateway.requests'].values)
      return name === 'gateway.GatewayRequest' ? value.lines.map((line) => line.source) : []
    }
    // Of the events that the signer writes there, these two follow a claim.
    const type = record.headers.ce_type
    if (type === 'payout.failed')
      return [this.#codec.decode(record.value, ['payout.PayoutFailed']).value.evidence.source]
    if (type === 'payout.refused')
      return [this.#codec.decode(record.value, ['payout.PayoutRefused']).value.evidence.source]
    return []
  }
}
