import { setTimeout as sleep } from 'node:timers/promises'
import { type ContainerRuntimeClient, getContainerRuntimeClient } from 'testcontainers'
import { limitMs } from '../start-limit.ts'
import type { Missing } from '../way.ts'

/** A Docker engine that answers. */
export interface DockerEngine {
  /** Where its published ports are reached. */
  readonly host: string
  readonly client: ContainerRuntimeClient
}

/**
 * The engine that answers within DOCKER_LIMIT, or why there is none. @throws ProvisionError PROVISION_SETTING where
 * that is malformed
 */
export async function findDockerEngine(): Promise<DockerEngine | Missing> {
  const limit = limitMs('DOCKER_LIMIT')
  const timer = new AbortController()
  try {
    const client = await Promise.race([
      getContainerRuntimeClient(),
      sleep(limit, undefined, { signal: timer.signal, ref: false }),
    ])
    if (client === undefined) {
      return {
        missing: `the Docker engine did not answer within ${limit / 1000} s`,
        wayOut: 'raise DOCKER_LIMIT, or start a Docker engine that answers',
      }
    }
    const { host } = client.info.containerRuntime
    return { client, host: host === 'localhost' ? '127.0.0.1' : host }
  } catch {
    return { missing: 'no Docker engine answers' }
  } finally {
    timer.abort()
  }
}
