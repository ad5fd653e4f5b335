import type { TopicName } from '@payout/schemas/topics'
import type { Fetched, Offsets, OutgoingRecord, TaskSession } from './port.ts'

/** A session that is another one in all things, but for what a subclass does otherwise. */
export abstract class WrappedSession implements TaskSession {
  protected readonly session: TaskSession

  constructor(session: TaskSession) {
    this.session = session
  }

  get name(): string {
    return this.session.name
  }

  get partition(): number {
    return this.session.partition
  }

  get topics(): readonly TopicName[] {
    return this.session.topics
  }

  get signal(): AbortSignal {
    return this.session.signal
  }

  get stopping(): boolean {
    return this.session.stopping
  }

  committed(topic: TopicName): number | undefined {
    return this.session.committed(topic)
  }

  beginning(topic: TopicName): number {
    return this.session.beginning(topic)
  }

  end(topic: TopicName): Promise<number> {
    return this.session.end(topic)
  }

  written(topic: TopicName): Promise<number> {
    return this.session.written(topic)
  }

  poll(options: Parameters<TaskSession['poll']>[0]): Promise<Fetched[]> {
    return this.session.poll(options)
  }

  position(topic: TopicName): number {
    return this.session.position(topic)
  }

  wake(): void {
    this.session.wake()
  }

  commit(records: readonly OutgoingRecord[], offsets: Offsets): Promise<void> {
    return this.session.commit(records, offsets)
  }
}
