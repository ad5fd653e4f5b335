import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

/**
 * Where a system of this machine is written down by the process that keeps it up: the file that UP_FILE in the
 * environment names, else `.local/up.json` in the project's folder.
 */
export const localSystemFile =
  process.env.UP_FILE || join(import.meta.dirname, '..', '..', '..', '..', '.local', 'up.json')

const schema = z.object({
  /** The process that keeps it up. */
  pid: z.int(),
  /** Settings as environment variables, which the commands take from here. */
  environment: z.record(z.string(), z.string()),
  /** Who is paid for where no partner is named. */
  defaultPartner: z.string(),
})

/** A system that runs on this machine, with how it is reached. It ends with the process that keeps it up. */
export type LocalSystem = z.infer<typeof schema>

/** The system that runs on this machine; undefined where there is none, or the process that kept it up is gone. */
export function runningLocalSystem(file: string = localSystemFile): LocalSystem | undefined {
  const system = readLocalSystem(file)
  return system !== undefined && isAlive(system.pid) ? system : undefined
}

/**
 * What the file says, whether its process still runs or not; undefined where there is no file, or it holds something
 * else.
 */
export function readLocalSystem(file: string = localSystemFile): LocalSystem | undefined {
  if (!existsSync(file)) return undefined
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined
  }
}

/** Whether a process of this machine lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
