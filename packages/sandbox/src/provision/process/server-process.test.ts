import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Lifeline } from './lifeline.ts'
import { ServerProcess } from './server-process.ts'

/** A server that says something, and goes on. */
function server(says: string, isKept = false): ServerProcess {
  const folder = mkdtempSync(join(tmpdir(), 'server-process-'))
  const lifeline = new Lifeline()
  lifeline.removeFolder(folder)
  const started = new ServerProcess(
    {
      name: 'Redis',
      command: 'sh',
      args: ['-c', `echo ${says}; exec sleep 60`],
      log: { file: join(folder, 'redis.log'), isKept },
      ready: /Ready/,
      portTaken: /in use/,
    },
    lifeline,
  )
  onTestFinished(async () => {
    await started.kill()
    await lifeline.cut()
    rmSync(folder, { recursive: true, force: true })
  })
  return started
}

it('waits until the server says that clients may come', async () => {
  const redis = server('Ready')
  await redis.start()
  expect(redis.pid).toBeGreaterThan(0)
})

it('gives up after START_LIMIT, with the last words of the server and what raises the limit', async () => {
  vi.stubEnv('START_LIMIT', '1s')
  onTestFinished(() => void vi.unstubAllEnvs())
  const redis = server('Loading')
  const error = await redis.start().catch((reason: unknown) => reason)
  expect(error).toHaveProperty('code', 'PROVISION_TOO_SLOW')
  expect(String(error)).toMatch(
    /Redis \(sh\) was not ready in 1 s; START_LIMIT raises that; its last words:\n {2}Loading$/,
  )
  expect(redis.pid).toBeUndefined()
})

it('names its log where that stays, and no log that is gone with this process', async () => {
  for (const [isKept, words] of [
    [true, /^Redis \(sh\) ended before it was ready; its log is .*redis\.log, and ends with:\n {2}Loading$/],
    [false, /^Redis \(sh\) ended before it was ready; its last words:\n {2}Loading$/],
  ] as const) {
    const error = await server('Loading; exit 1', isKept)
      .start()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'PROVISION_START_FAILED', message: expect.stringMatching(words) })
  }
})
