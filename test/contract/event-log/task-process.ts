/**
 * A process of its own that copies requests to answers, to be stopped and killed. Its arguments are a JSON object. It
 * writes a line for what it does: `joined`, `holding <task>` with records in hand, `committed <task> <next>`, `ended
 * <task> <code>`.
 */
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLogLogger } from '@payout/runtime/event-log/kafkajs/client'
import { kafkaEventLog } from '@payout/runtime/event-log/kafkajs/event-log'

const silent: EventLogLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}
const { group, holdMs, maxRecords, ...options } = JSON.parse(process.argv[2] ?? '{}')
const say = (line: string) => process.stdout.write(`${line}\n`)

const log = kafkaEventLog({ ...options, logger: silent })
const consumer = await log.consume({
  group,
  tasks: 'by-lane',
  topics: ['gateway.requests'],
  handler: async (session) => {
    try {
      while (!session.stopping) {
        for (const { records, next } of await session.poll({ maxRecords, timeoutMs: 500 })) {
          if (records.length > 0) say(`holding ${session.name}`)
          await sleep(holdMs)
          const copies = records.map(({ key, value, headers }) => {
            return { topic: 'gateway.answers' as const, partition: session.partition, key, value, headers }
          })
          await session.commit(copies, { 'gateway.requests': next })
          say(`committed ${session.name} ${next}`)
        }
      }
    } catch (error) {
      say(`ended ${session.name} ${error instanceof Error && 'code' in error ? error.code : error}`)
      throw error
    }
  },
})
say('joined')
// Most are killed, and would leave nothing for those after them.
flushCompileCache()
process.on('SIGTERM', async () => {
  await consumer.stop(5_000)
  await log.close()
  process.exit(0)
})
await consumer.ended
