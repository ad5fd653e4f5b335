import { describe, expect, it } from 'vitest'
import { describeMetrics, Metrics } from './metrics.ts'

const table = {
  claims_total: { type: 'counter', help: 'Claims made.', labels: ['outcome', 'partner'] },
  lanes_held: { type: 'gauge', help: 'Lanes held.', labels: ['group'] },
  answer_seconds: { type: 'histogram', help: 'Time to an answer.', labels: [], buckets: [0.1, 1] },
} as const

describe('metrics', () => {
  it('count, stand and spread as Prometheus reads them', async () => {
    const metrics = new Metrics('signer', table)
    metrics.add('claims_total', { outcome: 'acquired', partner: 'acme' }, 3)
    metrics.add('claims_total', { outcome: 'acquired', partner: 'acme' })
    metrics.set('lanes_held', { group: 'signer' }, 7)
    metrics.set('lanes_held', { group: 'gone' }, 1)
    metrics.remove('lanes_held', { group: 'gone' })
    metrics.observe('answer_seconds', {}, 0.5)
    const text = await metrics.registry.metrics()
    expect(text).toContain(
      '# HELP claims_total Claims made.\n# TYPE claims_total counter\nclaims_total{outcome="acquired",partner="acme",service="signer"} 4\n',
    )
    expect(text).toContain('lanes_held{group="signer",service="signer"} 7')
    expect(text).not.toContain('gone')
    expect(text).toContain('answer_seconds_bucket{le="0.1",service="signer"} 0')
    expect(text).toContain('answer_seconds_bucket{le="1",service="signer"} 1')
    expect(text).toContain('process_cpu_seconds_total')
  })

  it('of two services in one process do not meet', async () => {
    const [one, two] = [new Metrics('one', table), new Metrics('two', table)]
    one.set('lanes_held', { group: 'g' }, 1)
    expect(await two.registry.metrics()).not.toContain('group="g"')
  })

  it('MAPI-14: have no label but those of the table', () => {
    const metrics = new Metrics('signer', table)
    const ids: Record<string, string> = { outcome: 'acquired', partner: 'acme', payoutId: 'p1' }
    expect(() => metrics.add('claims_total', { outcome: 'acquired', partner: 'acme', ...ids })).toThrow(/payoutId/)
  })

  it('are listed for the documentation', () => {
    expect(describeMetrics(table).map(({ name, type }) => [name, type])).toEqual([
      ['claims_total', 'counter'],
      ['lanes_held', 'gauge'],
      ['answer_seconds', 'histogram'],
    ])
  })
})
