import { MapiError } from '@payout/mapi/error'
import { PipelineError } from '@payout/schemas/error'

/** What has to be signed can't be, as this process is configured. It ends by itself, and the task goes on. */
export class NotSignableError extends PipelineError {}

/**
 * Whether an error says that one thing can't be signed, because of its content or the partner's settings. All other
 * errors are about the task or the process.
 */
export function isNotSignable(error: unknown): error is NotSignableError | MapiError {
  return error instanceof NotSignableError || error instanceof MapiError
}

/**
 * A partner's key is missing. A signer reads the keys of all partners when it starts, so this is a defect of its
 * wiring.
 */
export class SigningKeyMissingError extends NotSignableError {
  constructor(alias: string) {
    super(
      'SIGNER_KEY_MISSING',
      `partner ${alias} has no signing key here: name its signingKeyFile in the partners file and start the signer again`,
    )
  }
}

/** A record names a partner that the partners file does not have. */
export class PartnerMissingError extends NotSignableError {
  constructor(alias: string) {
    super(
      'SIGNER_PARTNER_MISSING',
      `something of partner ${alias} has to be signed, and the partners file has no such partner: put it back and start the signer again`,
    )
  }
}

/**
 * A form has to be signed, and its address is not known: FORM_URL was set when the command came, and is not any more.
 */
export class FormUrlMissingError extends NotSignableError {
  constructor() {
    super(
      'SIGNER_FORM_URL_MISSING',
      'the form of an agreement has to be signed, and FORM_URL is not set any more: set it and start the signer again',
    )
  }
}

/** This release does not know the service: the signer has to be upgraded before the reconciler. */
export class ServiceUnknownError extends NotSignableError {
  constructor(service: string) {
    super(
      'SIGNER_SERVICE_UNKNOWN',
      `a request of the service ${service} has to be signed, which this release does not know: upgrade the signer`,
    )
  }
}
