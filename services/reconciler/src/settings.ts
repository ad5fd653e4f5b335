/** What the reconciler's work goes by, out of its configuration. */
export interface ReconcilerSettings {
  readonly lanes: number
  /** How long after a signing an outcome is due, milliseconds. */
  readonly overdueAfterMs: number
  /** Records of one transaction at the most. */
  readonly maxRecords: number
  /** Payouts whose states a process keeps in memory at the most. */
  readonly keptPayouts: number
  readonly agreements: AgreementSettings
  readonly returnFiles: ReturnFileSettings
}

/** Settings of agreements. */
export interface AgreementSettings {
  /** How long a form can be used, milliseconds. */
  readonly formLifeMs: number
  /** How long after a form was made the first question is asked; the pause doubles with each. */
  readonly firstPollMs: number
  readonly maxPollMs: number
  /** How long a signing is asked about, and a cancelling sent again; then it ends with what is known. */
  readonly giveUpMs: number
}

/** Settings of return files. */
export interface ReturnFileSettings {
  /** The pause before a file is asked for again, milliseconds. */
  readonly againMs: number
  /** Requests for one run of the schedule, or one command, at the most. */
  readonly tries: number
}
