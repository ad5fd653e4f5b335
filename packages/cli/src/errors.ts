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
