import { PipelineError } from '@payout/schemas/error'

/** One thing that is wrong with the configuration. Never holds the value of a secret. */
export interface ConfigurationFault {
  /** The environment variable, or the place in a file: `KAFKA_BROKERS`, `partners.json: partners.acme.notifyUrl`. */
  readonly name: string
  /** What is wrong, as the rest of a sentence that begins with the name. */
  readonly problem: string
  /** What to do, as a sentence of its own without a full stop. */
  readonly wayOut: string
}

/** What `EX_CONFIG` of sysexits.h is: a main that meets a ConfigurationError ends with it. */
export const CONFIGURATION_EXIT_CODE = 78

/** The configuration is wrong; every fault is named at once. Starting again helps only after it was changed. */
export class ConfigurationError extends PipelineError {
  readonly faults: readonly ConfigurationFault[]

  constructor(faults: readonly ConfigurationFault[]) {
    const lines = faults.map(({ name, problem, wayOut }) => `  - ${name} ${problem}. ${wayOut}.`)
    super(
      'CONFIGURATION',
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
    )
    this.faults = faults
  }
}
