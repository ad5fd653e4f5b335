import { PipelineError } from '@payout/schemas/error'

/** The command line asks for something that can't be: nothing was done. Ends a command with exit code 2. */
export class UsageError extends PipelineError {
  constructor(message: string) {
    super('CLI_USAGE', message)
  }
}

/** It was tried and did not work, or what was counted is off. Ends a command with exit code 1. */
export class CommandFailedError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super('CLI_FAILED', message, options)
  }
}

/** The system that a command follows has gone for good. Ends a command with exit code 1, at once. */
export class SystemGoneError extends CommandFailedError {}

/** There is no running system to talk to, or its settings are wrong. Ends a command with exit code 78. */
export class NoSystemError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super('CLI_NO_SYSTEM', message, options)
  }
}

/**
 * An error that also says what to type next, so that nothing is done twice. These lines may hold what the person has
 * typed, a payee's account and name too. They are shown to that person only: the field is private, so no log shows it.
 */
export class GuidedError extends PipelineError {
  readonly #guidance: readonly string[]

  constructor(code: string, message: string, guidance: readonly string[], options?: ErrorOptions) {
    super(code, message, options)
    this.#guidance = guidance
  }

  /** A line each. */
  get guidance(): readonly string[] {
    return this.#guidance
  }
}

/**
 * It is not known whether a command was written, or all of them. Ends a command with exit code 1, and with how to ask
 * again.
 */
export class WriteUnknownError extends GuidedError {
  constructor(message: string, guidance: readonly string[], options?: ErrorOptions) {
    super('CLI_WRITE_UNKNOWN', message, guidance, options)
  }
}

/** A command is written, and no event has answered it yet. Ends a command with exit code 3. */
export class UnansweredError extends GuidedError {
  constructor(message: string, guidance: readonly string[]) {
    super('CLI_UNANSWERED', message, guidance)
  }
}
