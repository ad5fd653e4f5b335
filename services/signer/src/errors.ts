import { PipelineError } from '@payout/schemas/error'

/** A partner's key is not there: the partners file of this process and the records don't go together. The lane waits. */
export class SigningKeyMissingError extends PipelineError {
  constructor(alias: string) {
    super(
      'SIGNER_KEY_MISSING',
      `partner ${alias} has no signing key here: name its signingKeyFile in the partners file and start the signer again`,
    )
  }
}

/** A record asks for a partner that the partners file does not have. The lane waits, since what has to be signed is already on its way. */
export class PartnerMissingError extends PipelineError {
  constructor(alias: string) {
    super(
      'SIGNER_PARTNER_MISSING',
      `something of partner ${alias} has to be signed, and the partners file has no such partner: put it back and start the signer again`,
    )
  }
}

/** A form has to be signed, and nobody could be told where it is. The lane waits: FORM_URL was set when the command was taken. */
export class FormUrlMissingError extends PipelineError {
  constructor() {
    super(
      'SIGNER_FORM_URL_MISSING',
      'the form of an agreement has to be signed, and FORM_URL is not set any more: set it and start the signer again',
    )
  }
}

/** A service that this release doesn't know. The lane waits until this service is upgraded (readers before writers). */
export class ServiceUnknownError extends PipelineError {
  constructor(service: string) {
    super(
      'SIGNER_SERVICE_UNKNOWN',
      `a request of the service ${service} has to be signed, which this release does not know: upgrade the signer`,
    )
  }
}
