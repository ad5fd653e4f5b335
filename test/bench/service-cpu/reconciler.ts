import type { Bench } from '../figure.ts'
import { HEAD, measureService } from './service-cpu.ts'

export const bench: Bench = {
  name: 'reconciler',
  about:
    "CPU of the reconciler, two events a payout, beside kafkajs alone: both read the same requests, answers and notifies, which a whole system has written before, and write the same records in as many transactions. The reconciler has its Redis; kafkajs is as npm gives it, and looks into nothing. The last column is of kafkajs with the project's corrections, which encode records faster too.",
  run: async (options) => {
    const { ours, bare, rows } = await measureService(
      {
        name: 'reconciler',
        inputs: ['gateway.requests', 'gateway.answers', 'gateway.notifies'],
        outputs: ['payout.events', 'gateway.timers'],
        settings: {},
        hasClaims: false,
      },
      options,
    )
    return [
      {
        id: 'reconciler-cpu',
        title: 'CPU a payout of the reconciler',
        unit: 'µs',
        better: 'lower',
        ours,
        bare: { label: 'kafkajs alone', values: bare },
        goal: { of: 'ratio', limit: 0.6, text: 'at least 0.6 of kafkajs alone' },
        table: { head: HEAD, rows },
      },
    ]
  },
}
