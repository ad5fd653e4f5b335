import type { Bench } from '../figure.ts'
import { measureService } from './service-cpu.ts'

export const bench: Bench = {
  name: 'reconciler',
  about:
    "CPU of the reconciler, two events a payout, beside kafkajs alone: both read the same requests, answers and notifies, which a whole system has written before, and write the same records in as many transactions. The reconciler has its Redis; kafkajs has the project's corrections and looks into nothing.",
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
        table: { head: ['round', 'records written', 'transactions', 'transactions of kafkajs'], rows },
      },
    ]
  },
}
