import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as z from 'zod'

/**
 * Where `npm run up` writes down how to reach what it keeps up: the file that UP_FILE in the environment names, else `.local/up.json` in
 * the project's folder.
 */
export const upFile = process.env.UP_FILE || join(import.meta.dirname, '..', '..', '..', '..', '.local', 'up.json')

const schema = z.object({
  /** The process that keeps it up. */
  pid: z.int(),
  /** Settings as environment variables, which the other commands take from here. */
  environment: z.record(z.string(), z.string()),
  /** Who is paid for where no partner is named. */
  defaultPartner: z.string(),
})

/** A system that `npm run up` keeps up. */
export type Up = z.infer<typeof schema>

/** Writes the file, readable by its owner only. */
export function writeUp(up: Up, file: string = upFile): void {
  mkdirSync(dirname(file), { recursive: true })
  // Renamed into place, so that nobody reads half of it.
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(up, null, 2)}\n`, { mode: 0o600 })
  renameSync(fresh, file)
}

/**
 * Removes the file, unless another process has written it since.
 *
 * @param before what stood there before; it is put back where that system is still up
 */
export function removeUp(pid: number, before?: Up, file: string = upFile): void {
  if (parse(file)?.pid !== pid) return
  if (before !== undefined && isAlive(before.pid)) writeUp(before, file)
  else rmSync(file, { force: true })
}

/** The system that is up; undefined where there is none, or the process that kept it up is gone. */
export function readUp(file: string = upFile): Up | undefined {
  const up = parse(file)
  return up !== undefined && isAlive(up.pid) ? up : undefined
}

function parse(file: string): Up | undefined {
  if (!existsSync(file)) return undefined
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Whether the process lives that keeps a system up. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
