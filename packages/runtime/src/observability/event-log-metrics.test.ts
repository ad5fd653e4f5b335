import { describe, expect, it } from 'vitest'
import { eventLogMetrics, eventLogMetricTable } from './event-log-metrics.ts'
import { Metrics } from './metrics.ts'

async function text(use: (told: ReturnType<typeof eventLogMetrics>) => void): Promise<string> {
  const metrics = new Metrics('test', eventLogMetricTable)
  use(eventLogMetrics(metrics))
  return metrics.registry.metrics()
}

describe('what the event log tells, as metrics', () => {
  it('tasks that are worked on, and how they ended', async () => {
    const task = { group: 'signer', task: 'payout.commands-0' }
    expect(await text((told) => told.taskStarted(task))).toMatch(
      /event_log_tasks\{group="signer",task="payout.commands-0".*\} 1/,
    )
    const ended = await text((told) => {
      told.taskStarted(task)
      told.taskEnded({ ...task, reason: 'failed' })
    })
    expect(ended).not.toMatch(/event_log_tasks\{/)
    expect(ended).toMatch(/event_log_task_ends_total\{group="signer",task="payout.commands-0",reason="failed".*\} 1/)
  })

  it('transactions, by outcome, in seconds', async () => {
    const found = await text((told) => {
      told.transaction({ group: 'signer', ok: true }, 40)
      told.transaction({ group: 'signer', ok: false }, 4_000)
    })
    expect(found).toMatch(/event_log_transactions_total\{group="signer",outcome="ok".*\} 1/)
    expect(found).toMatch(/event_log_transactions_total\{group="signer",outcome="failed".*\} 1/)
    expect(found).toMatch(/event_log_transaction_seconds_sum\{.*\} 4.04/)
  })

  it('records appended, and not sends', async () => {
    const found = await text((told) =>
      told.publisherBatch({ topic: 'gateway.notifies', ok: true }, { records: 7, bytes: 100, durationMs: 5 }),
    )
    expect(found).toMatch(/event_log_appends_total\{topic="gateway.notifies",outcome="ok".*\} 7/)
  })

  it('rebalances, crashes and producers made anew', async () => {
    const found = await text((told) => {
      told.rebalance({ group: 'g' })
      told.consumerCrash({ group: 'g', restart: false })
      told.producerRecreated({ group: 'g', task: 'l' })
    })
    expect(found).toMatch(/event_log_rebalances_total\{group="g".*\} 1/)
    expect(found).toMatch(/event_log_consumer_crashes_total\{group="g",restart="false".*\} 1/)
    expect(found).toMatch(/event_log_producers_recreated_total\{group="g",task="l".*\} 1/)
  })
})
