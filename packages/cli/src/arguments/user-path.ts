import { resolve } from 'node:path'

/**
 * A path as the person meant it. npm changes to the project's folder; INIT_CWD holds the folder where it was called.
 */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path)
}
