import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findJava } from '@payout/sandbox/provision/kafka/java'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { onceIn, run } from '../schemas/other-language.ts'

/** The 3.0 line runs on Java 17; 3.3 needs Java 21. */
const VERSION = '3.0.9'
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:2.8'
const START_MS = 60_000

export interface Apicurio {
  /** Of the API that is Confluent's. */
  readonly url: string
  stop(): Promise<void>
}

/** Apicurio's schema registry in memory, on a free port. */
export async function startApicurio(): Promise<Apicurio> {
  const found = await findJava()
  if ('missing' in found) throw new Error(found.missing)
  const folder = await onceIn(`apicurio-${VERSION}`, async (part) => {
    // Its descriptor has a parent that is not to be had everywhere: only this old version of `get` does without.
    const artifact = ['-Dtransitive=false', `-Dartifact=io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`]
    const repository = join(part, 'repository')
    await run('mvn', ['-B', '-q', `${PLUGIN}:get`, ...artifact, `-Dmaven.repo.local=${repository}`])
    const archive = join(
      repository,
      'io/apicurio/apicurio-registry-app',
      VERSION,
      `apicurio-registry-app-${VERSION}-all.tar.gz`,
    )
    await run('tar', ['-xzf', archive, '-C', part])
    await rm(repository, { recursive: true })
  })
  const port = await freePort()
  const settings = [`-Dquarkus.http.host=127.0.0.1`, `-Dquarkus.http.port=${port}`]
  const args = ['-Xmx512m', ...settings, '-jar', join(folder, `apicurio-registry-app-${VERSION}-runner.jar`)]
  const child = spawn(found.java, args, { stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  try {
    await untilAnswered(`${url}/subjects`, () => child.exitCode !== null)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

async function untilAnswered(url: string, hasEnded: () => boolean): Promise<void> {
  const limit = performance.now() + START_MS
  while (performance.now() < limit && !hasEnded()) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    await sleep(200)
  }
  throw new Error(hasEnded() ? 'Apicurio ended at once' : `Apicurio did not answer within ${START_MS} ms`)
}
