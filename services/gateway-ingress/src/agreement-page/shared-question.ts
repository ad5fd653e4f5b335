/**
 * One question for all callers that have it at the same time. One question is under way at a time; callers that come
 * meanwhile share the next one, so that an answer is never older than the call that gets it. Questions begin at least a
 * pause apart, so that their number does not grow with the number of calls.
 */
export class SharedQuestion<T> {
  readonly #question: () => Promise<T>
  readonly #pauseMs: number
  #coming: Promise<T> | undefined
  #before: Promise<unknown> = Promise.resolve()

  /** @param pauseMs from the beginning of one question to that of the next, in milliseconds */
  constructor(question: () => Promise<T>, pauseMs: number) {
    this.#question = question
    this.#pauseMs = pauseMs
  }

  /** The answer to a question that was asked after this call. Rejects as the question does. */
  ask(): Promise<T> {
    this.#coming ??= this.#askNext()
    return this.#coming
  }

  async #askNext(): Promise<T> {
    await this.#before
    this.#coming = undefined
    const pause = Promise.withResolvers<void>()
    setTimeout(pause.resolve, this.#pauseMs).unref()
    const answer = this.#question()
    this.#before = Promise.allSettled([answer, pause.promise])
    return await answer
  }
}
