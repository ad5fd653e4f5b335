import type { EventLog, TaskConsumer, TaskHandler } from '../event-log/port.ts'

/** What a service hands to the event log for its tasks, as `start` of its app.ts makes it. */
export async function handlerOf(start: (log: EventLog) => Promise<TaskConsumer>): Promise<TaskHandler> {
  const handlers: TaskHandler[] = []
  const unused = (): never => {
    throw new Error('this log only takes a handler')
  }
  await start({
    namespace: 'test',
    consume: async ({ handler }) => {
      handlers.push(handler)
      return { tasks: [], healthy: true, ended: new Promise(() => undefined), stop: async () => undefined }
    },
    publisher: unused,
    read: unused,
    tail: unused,
    partitions: unused,
    partitionFor: unused,
    offsets: unused,
    written: unused,
    committed: unused,
    fence: unused,
    taskNames: unused,
    close: unused,
  })
  const [handler] = handlers
  if (!handler) throw new Error('no handler was handed over')
  return handler
}
