import type { DockerEngine } from './docker-engine.ts'
import type { Lifeline } from './lifeline.ts'
import { ProvisionError } from './provision-error.ts'
import type { Attempt } from './way.ts'

/** What every way to a server stands on. */
export interface Ground {
  readonly brokers: 1 | 3
  readonly kafkaSettings: Record<string, string>
  /** As ProvisionOptions has it. */
  readonly light: boolean
  readonly progress: (message: string) => void
  /** Where processes keep their data; absolute. */
  readonly folder: string
  /** The name of this provision, on its containers. */
  readonly session: string
  readonly lifeline: Lifeline
  /** The Docker engine, looked for at the first call only. */
  readonly docker: () => Promise<DockerEngine | { readonly missing: string }>
}

const PORT_TRIES = 3

/** Tries again, with other ports, when another program took a port between its choice and its use. */
async function withOtherPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      const isTaken = error instanceof ProvisionError && error.code === 'PROVISION_PORT_TAKEN'
      if (!isTaken || attempt === PORT_TRIES) throw error
    }
  }
}

/** Starts a server; what the provision itself reports as an error is the reason why this way does not lead there. */
export async function attemptStart<T>(how: string, start: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { server: await withOtherPorts(start), how }
  } catch (error) {
    if (error instanceof ProvisionError) return { missing: error.message }
    throw error
  }
}

/** Starts a server by the Docker engine. A reason other than that there is no engine is also told at once. */
export async function attemptByDocker<T>(
  ground: Ground,
  how: string,
  start: (engine: DockerEngine) => Promise<T>,
): Promise<Attempt<T>> {
  const engine = await ground.docker()
  if ('missing' in engine) return engine
  ground.lifeline.removeContainers(ground.session)
  const attempt = await attemptStart(how, () => start(engine))
  if ('missing' in attempt) ground.progress(`not by Docker: ${attempt.missing}`)
  return attempt
}
