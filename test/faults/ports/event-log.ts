/** An event log whose commits die half-way, or with one layer of the safety argument taken out of it. */
import type { EventLog, OutgoingRecord, Publisher, TaskSession } from '@payout/runtime/event-log/port'
import { Codec } from '@payout/schemas/codec'
import type { Replaced } from './replaced.ts'

/** The log with every port replaced that the test wants replaced. */
export function replacedLog(log: EventLog, replaced: Replaced): EventLog {
  const publisher = replaced.ports.includes('transaction') ? log.publisher({ maxBytes: 64 * 1024 * 1024 }) : undefined
  return new Proxy(log, {
    get(target, property) {
      if (property !== 'consume') {
        const value = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      }
      const consume: EventLog['consume'] = ({ ready, ...options }) =>
        target.consume({
          ...options,
          // S7 out: no lane waits until Redis can be relied on.
          ...(ready && !replaced.ports.includes('marker') && { ready }),
          handler: (session) => options.handler(replacedSession(session, publisher, replaced)),
        })
      return consume
    },
  })
}

function replacedSession(
  session: TaskSession,
  publisher: Publisher | undefined,
  { ports, die }: Replaced,
): TaskSession {
  const commit: TaskSession['commit'] = async (records, offsets) => {
    const outputs = ports.includes('attempts') ? records.map(firstAttempt) : records
    const outcome = outputs.some(({ headers }) => headers.ce_type === 'payout.succeeded')
    if (outcome) die('before-outcome')
    if (publisher) {
      // S3 out: outputs first, then the offsets, each by itself.
      await Promise.all(outputs.map((record) => publisher.append(record)))
      if (outputs.length > 0) die('in-commit')
      return session.commit([], offsets)
    }
    const committed = session.commit(outputs, offsets)
    if (outputs.length > 0) setImmediate(() => die('in-commit'))
    return committed
  }
  return new Proxy(session, {
    get(target, property) {
      if (property === 'commit') return commit
      const value = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const codec = new Codec()

/** S5 out: nobody counted the attempts before this one. */
function firstAttempt(record: OutgoingRecord): OutgoingRecord {
  if (record.topic !== 'gateway.answers') return record
  const { value } = codec.decode(record.value, ['gateway.GatewayAnswer'])
  return { ...record, value: codec.encode('gateway.GatewayAnswer', { ...value, attempt: 1 }) }
}
