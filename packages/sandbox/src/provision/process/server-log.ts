import { join } from 'node:path'

/** The log of a server on this machine. */
export interface ServerLog {
  readonly file: string
  /** It is still there when this process has ended. */
  readonly isKept: boolean
}

/**
 * Where the log of a server goes.
 * @param beside the folder of its data
 */
export function serverLog(
  name: string,
  beside: string,
  { logs, keepsData }: { readonly logs: string | undefined; readonly keepsData: boolean },
): ServerLog {
  return logs === undefined
    ? { file: join(beside, `${name}.log`), isKept: keepsData }
    : { file: join(logs, `${name}.log`), isKept: true }
}
