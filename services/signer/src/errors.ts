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

/** A record asks for a partner that the partners file does not have. The lane waits, since the batch is already on its way. */
export class PartnerMissingError extends PipelineError {
  constructor(alias: string) {
    super(
      'SIGNER_PARTNER_MISSING',
      `a batch of partner ${alias} has to be signed, and the partners file has no such partner: put it back and start the signer again`,
    )
  }
}
