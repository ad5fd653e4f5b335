import { RefusalError } from './refusal.ts'

/** What one request holds of the bound. */
export interface Reservation {
  /**
   * Takes `bytes` more. Where the bound would be passed, whoever has been sending for longest has to go.
   * @throws RefusalError `overloaded` when nobody else is sending, or this one has to go itself, or was sent away
   *   before; what was taken before stays taken.
   */
  grow(bytes: number): void
  /** Why this one had to go for others before its body was whole; its bytes are given back by then. */
  readonly sentAway: RefusalError | undefined
  /** Called when that happens; one listener only, and none again. */
  onSentAway(listener: ((why: RefusalError) => void) | undefined): void
  /** All has come: from now on it stays until it is released. */
  whole(): void
  /** Gives everything back; may be called twice. */
  release(): void
}

interface Sender {
  held: number
  away: RefusalError | undefined
  onAway: ((why: RefusalError) => void) | undefined
}

/**
 * A bound on the bytes of all request bodies that are read or processed at the same moment, so that neither many
 * senders nor a slow Kafka can use up the memory. Bytes count when they have come, not when they are announced: an
 * announcement costs a sender nothing. Bodies that never end shut nobody out: the one that has been coming for longest
 * goes first.
 */
export class InFlightBytes {
  readonly #max: number
  readonly #onChange: (bytes: number) => void
  /** Whose bodies are not whole, in the order in which they began: a Set keeps it. */
  readonly #sending = new Set<Sender>()
  #bytes = 0

  constructor(max: number, onChange: (bytes: number) => void = () => {}) {
    this.#max = max
    this.#onChange = onChange
  }

  get bytes(): number {
    return this.#bytes
  }

  reserve(): Reservation {
    const sender: Sender = { held: 0, away: undefined, onAway: undefined }
    this.#sending.add(sender)
    return {
      get sentAway() {
        return sender.away
      },
      onSentAway: (listener) => {
        sender.onAway = listener
      },
      grow: (bytes) => {
        if (sender.away !== undefined) throw sender.away
        while (this.#bytes + bytes > this.#max) this.#makeRoom(sender, bytes)
        sender.held += bytes
        this.#set(this.#bytes + bytes)
      },
      whole: () => void this.#sending.delete(sender),
      release: () => this.#release(sender),
    }
  }

  /** What is gained is not enough where those who send hold little: then nobody is sent away for nothing. */
  #makeRoom(wanting: Sender, bytes: number): void {
    const others = [...this.#sending].filter((sender) => sender !== wanting && sender.held > 0)
    const gain = others.reduce((sum, { held }) => sum + held, 0)
    const [longest] = others
    const refusal = () =>
      new RefusalError('overloaded', `${this.#bytes} bytes are in flight, the bound is ${this.#max}`)
    if (longest === undefined || this.#bytes - gain + bytes > this.#max) throw refusal()
    const error = refusal()
    this.#release(longest)
    longest.away = error
    longest.onAway?.(error)
  }

  #release(sender: Sender): void {
    this.#sending.delete(sender)
    this.#set(this.#bytes - sender.held)
    sender.held = 0
  }

  #set(bytes: number): void {
    this.#bytes = bytes
    this.#onChange(bytes)
  }
}
