import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withFolderLock } from '../process/folder-lock.ts'
import { freePort } from '../process/free-port.ts'
import type { Lifeline } from '../process/lifeline.ts'
import { startLimitMs } from '../start-limit.ts'
import type { JavaProgram } from './java.ts'
import { KafkaProcess } from './kafka-process.ts'
import { brokerSettings } from './server-properties.ts'

export interface ClassArchiveOptions {
  readonly java: JavaProgram
  /** The folder with Kafka's jars. */
  readonly jars: string
  /** Whether it is made where there is none yet, which takes as long as two starts of a broker. */
  readonly make: boolean
  readonly lifeline: Lifeline
  readonly progress: (message: string) => void
}

/**
 * A broker's classes as Java has them when they are loaded and checked, which is half of a broker's start. Java itself
 * takes no archive that another Java, or other jars, made. It is kept beside the jars.
 * @returns the file, or undefined where there is none: nothing but time is lost.
 */
export async function classArchive(options: ClassArchiveOptions): Promise<string | undefined> {
  const { java, jars, make, progress } = options
  const made = [realpathSync(java.java), java.version, jars].join('\n')
  const key = createHash('sha256').update(made).digest('hex').slice(0, 12)
  const folder = `${jars}-classes-${key}`
  const archive = join(folder, 'broker.jsa')
  if (make && !existsSync(folder)) {
    const work = async () => {
      if (!existsSync(folder)) await makeArchive(options, folder)
    }
    // Where it can't be made, brokers start without.
    await withFolderLock(`${folder}.lock`, work, () => progress('waiting for another first start of Kafka')).catch(
      () => undefined,
    )
  }
  return existsSync(archive) ? archive : undefined
}

/** Makes the folder. It stays empty when this Java keeps no archive, so that this is found out once. */
async function makeArchive({ java, jars, lifeline, progress }: ClassArchiveOptions, folder: string): Promise<void> {
  const part = `${folder}.${randomUUID()}`
  const place = join(part, 'broker')
  mkdirSync(place, { recursive: true })
  lifeline.removeFolder(part)
  progress('starting Kafka for the first time, to be quicker later (about 10 seconds)')
  const [port, controller] = [await freePort(), await freePort()]
  const broker = { id: 1, port, controllers: [{ id: 1, port: controller }], dataFolder: join(place, 'data') }
  const node = new KafkaProcess({
    id: 1,
    port,
    folder: place,
    log: { file: join(place, 'server.log'), isKept: false },
    settings: (goesOn) => brokerSettings({ ...broker, goesOn }),
    java: java.java,
    logs: 'INFO',
    jvm: ['-XX:TieredStopAtLevel=1', `-XX:ArchiveClassesAtExit=${join(part, 'broker.jsa')}`],
    jars,
    lifeline,
  })
  try {
    await node.start()
    await node.kill('SIGTERM', startLimitMs())
    rmSync(place, { recursive: true })
    renameSync(part, folder)
  } finally {
    await node.kill()
    rmSync(part, { recursive: true, force: true })
  }
}
