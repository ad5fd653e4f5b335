/** A log that is closed while questions of it are under way: nothing of it stays behind, which would keep a process. */
import { Socket } from 'node:net'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'
import { logger } from '@payout/runtime/observability/logging'
import { afterEach, expect, inject, it } from 'vitest'

/** So many, since it depends on when which answer comes. */
const LOGS = 60
const SLOWEST_MS = 400

const { write } = Socket.prototype

afterEach(() => {
  Socket.prototype.write = write
})

/** What is written leaves late, each time by another while, as on a machine that is busy. */
function slowDown(): void {
  let count = 0
  Reflect.set(Socket.prototype, 'write', function late(this: Socket, ...args: Parameters<typeof write>) {
    setTimeout(() => !this.destroyed && write.apply(this, args), (++count * 157) % SLOWEST_MS)
    return true
  })
}

const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

it('no connection is left of logs that were closed after the first of two questions had failed', async () => {
  const before = sockets()
  slowDown()
  const ends = Array.from({ length: LOGS }, async (_, index) => {
    const log = kafkaEventLog({
      namespace: `closed-under-way-${process.pid}-${index}`,
      brokers: inject('brokers'),
      clientId: 'closed-under-way',
      logger: logger('test', 'silent'),
    })
    const asked = [log.offsets('payout.events'), log.offsets('agreement.events')]
    const code = await Promise.all(asked).catch(({ code: failed }) => failed)
    await log.close()
    return code
  })
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['LOG_TOPIC_MISSING']))
  await expect.poll(sockets, { timeout: 15_000, interval: 100 }).toBeLessThanOrEqual(before)
})
