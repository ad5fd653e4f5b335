import { setTimeout as sleep } from 'node:timers/promises'
import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers'

const ANSWER_LIMIT_MS = 5_000

/** A Docker engine that answers. */
export interface DockerEngine {
  /** Where its published ports are reached. */
  readonly host: string
  readonly client: ContainerRuntimeClient
}

/** The engine that answers within 5 s, or why there is none. */
export async function findDockerEngine(): Promise<DockerEngine | { readonly missing: string }> {
  const timer = new AbortController()
  try {
    const client = await Promise.race([
      getContainerRuntimeClient(),
      sleep(ANSWER_LIMIT_MS, undefined, { signal: timer.signal, ref: false }),
    ])
    if (client === undefined) return { missing: `the Docker engine did not answer within ${ANSWER_LIMIT_MS / 1000} s` }
    const { host } = client.info.containerRuntime
    return { client, host: host === 'localhost' ? '127.0.0.1' : host }
  } catch {
    return { missing: 'no Docker engine answers' }
  } finally {
    timer.abort()
  }
}
