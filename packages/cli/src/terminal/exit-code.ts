/** What the exit code of a command says. Each `--help` ends with this table. */
export const exitCodes = {
  /** What was asked for is done. */
  ok: 0,
  /** It was tried and did not work, or what was counted is not as it should be; the message says what. */
  failure: 1,
  /** The command line is wrong: nothing was done. */
  usage: 2,
  /** A command is written, and nothing has said in time what became of it. */
  unanswered: 3,
  /** Settings, the partners file or a key file are wrong: nothing was done. */
  configuration: 78,
  /** A person stopped it (Ctrl-C). */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The table as `--help` shows it. */
export const exitCodeHelp = `
Exit codes: 0 done, 1 it did not work (the message says what), 2 wrong command line, 3 written and not answered in time, 78 wrong configuration, 130 stopped by Ctrl-C.`
