/**
 * The base of every error that the pipeline throws on purpose. `code` is stable: match on it, never on the message.
 * The message names the thing, its value where that is neither secret nor personal, and the way out.
 */
export class PipelineError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }
}
