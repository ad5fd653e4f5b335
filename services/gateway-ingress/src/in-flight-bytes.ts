import { RefusalError } from './refusal.ts'

/** What one request holds of the bound. */
export interface Reservation {
  /**
   * Takes `bytes` more.
   * @throws RefusalError `overloaded` when the bound would be passed; what was taken before stays taken.
   */
  grow(bytes: number): void
  /** Gives everything back; may be called twice. */
  release(): void
}

/**
 * A bound on the bytes of all request bodies that are read or worked on at the same moment, so that neither many senders nor a slow
 * Kafka can use up the memory. Bytes count when they have come, not when they are announced: an announcement costs a sender nothing.
 */
export class InFlightBytes {
  readonly #max: number
  readonly #onChange: (bytes: number) => void
  #bytes = 0

  constructor(max: number, onChange: (bytes: number) => void = () => {}) {
    this.#max = max
    this.#onChange = onChange
  }

  get bytes(): number {
    return this.#bytes
  }

  reserve(): Reservation {
    let held = 0
    return {
      grow: (bytes) => {
        if (this.#bytes + bytes > this.#max) {
          throw new RefusalError('overloaded', `${this.#bytes} bytes are in flight, the bound is ${this.#max}`)
        }
        held += bytes
        this.#set(this.#bytes + bytes)
      },
      release: () => {
        this.#set(this.#bytes - held)
        held = 0
      },
    }
  }

  #set(bytes: number): void {
    this.#bytes = bytes
    this.#onChange(bytes)
  }
}
