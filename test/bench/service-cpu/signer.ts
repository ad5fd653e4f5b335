import type { Bench } from '../figure.ts'
import { HEAD, measureService } from './service-cpu.ts'

export const bench: Bench = {
  name: 'signer',
  about:
    "CPU of the signer beside kafkajs with one script of Redis a transaction, which takes as many keys with values of the same size: both read the same commands, which a whole system has read before, and write the same requests in as many transactions. kafkajs is as npm gives it, looks into nothing, and signs nothing. The last column is of kafkajs with the project's corrections.",
  run: async (options) => {
    const { ours, bare, rows } = await measureService(
      {
        name: 'signer',
        inputs: ['payout.commands'],
        outputs: ['gateway.requests'],
        // Nobody sends what it signs here: it would wait for fuller batches.
        settings: { SIGNER_LINGER: '0ms' },
        hasClaims: true,
      },
      options,
    )
    return [
      {
        id: 'signer-cpu',
        title: 'CPU a payout of the signer',
        unit: 'µs',
        better: 'lower',
        ours,
        bare: { label: 'kafkajs and one Redis script', values: bare },
        goal: { of: 'ratio', limit: 0.5, text: 'at least 0.5 of kafkajs and one Redis script' },
        table: { head: HEAD, rows },
      },
    ]
  },
}
