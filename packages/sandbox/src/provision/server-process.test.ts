import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Lifeline } from './lifeline.ts'
import { ServerProcess } from './server-process.ts'

/** A server that says something, and goes on. */
function server(says: string): ServerProcess {
  const folder = mkdtempSync(join(tmpdir(), 'server-process-'))
  const lifeline = new Lifeline()
  lifeline.removeFolder(folder)
  const started = new ServerProcess(
    {
      name: 'Redis',
      command: 'sh',
      args: ['-c', `echo ${says}; exec sleep 60`],
      log: join(folder, 'redis.log'),
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
  expect(error).toHaveProperty('code', 'PROVISION_START_FAILED')
  expect(String(error)).toMatch(
    /Redis \(sh\) was not ready in 1 s; START_LIMIT raises that; its log is .*:\n {2}Loading$/,
  )
  expect(redis.pid).toBeUndefined()
})
