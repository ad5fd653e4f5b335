/** What a process that is frozen or killed in the middle of its work may not do to the promises of the port. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Child } from './child.ts'
import { drained, expectPassed, fill, passThrough, requests } from './ground.ts'
import { api } from './kafka-proxy.ts'
import { proxiedGround } from './proxied-ground.ts'

const group = 'gateway-egress'

const ground = proxiedGround()

describe('a frozen process', { timeout: 60_000 }, () => {
  const session = { sessionTimeoutMs: 2_000, heartbeatMs: 200 }

  it("S3.1: is fenced when it goes on: what it held is written once, by the task's new owner", async () => {
    const { log, namespace, another } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 200 })
    const { logger: _, ...options } = ground.options(namespace, session)
    const child = new Child({ ...options, group, holdMs: 150, maxRecords: 20 })
    await child.says('committed lane-0', { times: 2 })
    await child.says('holding', { times: 3 })
    child.signal('SIGSTOP')
    const handled: string[] = []
    const pass = passThrough({ maxRecords: 20, after: ({ name }) => handled.push(name) })
    const consumer = await another(session).consume({ group, tasks: 'by-lane', topics: [requests], handler: pass })
    await expect.poll(() => handled.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2)
    child.signal('SIGCONT')
    await child.says('ended lane-0 LOG_TASK_ENDED')
    await drained(log, group, requests)
    await child.kill('SIGTERM')
    await consumer.stop(5_000)
    await expectPassed(log, input)
  })

  it("S3.4: does nothing twice, though it commits just before the new owner's initialisation", async () => {
    const { log, namespace, another } = await ground.world(1)
    const input = await fill(log, { partitions: 1, count: 200 })
    const { logger: _, ...options } = ground.options(namespace, session)
    const child = new Child({ ...options, group, holdMs: 400, maxRecords: 20, clientId: 'z-frozen' })
    await child.says('committed lane-0', { times: 2 })
    await child.says('holding', { times: 3 })
    child.signal('SIGSTOP')
    // The new owner's initialisation waits at the proxy until the frozen one has committed what it held. It comes
    // first in the order of members, so the task stays with it when the frozen one is back. And the frozen one must
    // not hear before it has committed that it lost its task: it asks its group in vain until then.
    const asked = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const asksGroup: readonly number[] = [api.heartbeat, api.joinGroup]
    ground.rules = {
      request: async ({ apiKey, clientId }) => {
        const isHeir = clientId === 'a-heir' && apiKey === api.initProducerId
        if (isHeir) asked.resolve()
        if (isHeir || (clientId === 'z-frozen' && asksGroup.includes(apiKey))) await release.promise
        return true
      },
    }
    const heir = another({ ...session, clientId: 'a-heir' })
    const consuming = heir.consume({
      group,
      tasks: 'by-lane',
      topics: [requests],
      handler: passThrough({ maxRecords: 20 }),
    })
    await asked.promise
    // Long enough for offsets to be read by who would read them now.
    await sleep(500)
    const before = child.said.filter((line) => line.startsWith('committed')).length
    child.signal('SIGCONT')
    await child.says('committed', { times: before + 1 })
    release.resolve()
    const consumer = await consuming
    await drained(log, group, requests)
    await child.kill('SIGTERM')
    await consumer.stop(5_000)
    await expectPassed(log, input)
  })

  it('S3: kill -9 with work in hand leaves nothing behind and nothing out', async () => {
    const { log, namespace } = await ground.world(2)
    const input = await fill(log, { partitions: 2, count: 200 })
    const { logger: _, ...options } = ground.options(namespace, session)
    for (let kill = 0; kill < 3; kill++) {
      const child = new Child({ ...options, group, holdMs: 5, maxRecords: 10 })
      await child.says('committed', { times: 3 + kill })
      await child.kill('SIGKILL')
    }
    const last = new Child({ ...options, group, holdMs: 0, maxRecords: 100 })
    await drained(log, group, requests)
    await last.kill('SIGTERM')
    await expectPassed(log, input)
  })
})
