/**
 * `npm run bench:transactions -- [--partitions 1,6,12] [--rounds 7] [--transactions 20] [--records 100]`: requests
 * and time of a transaction, as kafkajs' own producer makes it and as ours does, in turns on one broker.
 */
import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type OneBroker, quantile, withOneBroker } from './one-broker.ts'
import {
  batches,
  type Name,
  names,
  openBoth,
  requestsOf,
  type TurnOptions,
  topicsOfTurns,
} from './transaction-turns.ts'

const { values } = parseArgs({
  options: {
    partitions: { type: 'string', default: '1,6,12' },
    rounds: { type: 'string', default: '7' },
    transactions: { type: 'string', default: '20' },
    records: { type: 'string', default: '100' },
  },
})
const [rounds, transactions, records] = [values.rounds, values.transactions, values.records].map(Number)
const counts = values.partitions.split(',').map(Number)
if (![rounds, transactions, records, ...counts].every((number) => Number.isInteger(number) && Number(number) >= 1))
  throw new Error(
    'npm run bench:transactions -- [--partitions 1,6,12] [--rounds 7] [--transactions 20] [--records 100]',
  )

/** The median of each round, in ms. */
async function timesOf(broker: OneBroker, options: TurnOptions): Promise<Map<Name, number[]>> {
  const medians = new Map<Name, number[]>(names.map((name) => [name, []]))
  const both = await openBoth(broker, options)
  for (let round = 0; round < Number(rounds); round++) {
    const times = new Map<Name, number[]>(names.map((name) => [name, []]))
    for (let at = 0; at < Number(transactions); at++) {
      // The one that went second goes first next time.
      await both.each(at % 2 === 0 ? names : names.toReversed(), async (name, shape) => {
        const records = batches(options)
        const begin = performance.now()
        await shape.transact(records, at)
        times.get(name)?.push(performance.now() - begin)
      })
    }
    for (const [name, all] of times) medians.get(name)?.push(quantile(all, 0.5))
  }
  await both.close()
  return medians
}

await withOneBroker(async (broker) => {
  console.log(
    `${records} records of 229 bytes a partition; ${rounds} rounds of ${transactions} transactions each, in turns; ms: median of the rounds' medians (lowest to highest)\n`,
  )
  console.log('| partitions | transaction of | requests | ms |\n| --- | --- | --- | --- |')
  for (const partitions of counts) {
    const namespace = `bench-${randomUUID().slice(0, 8)}`
    await broker.makeTopics(namespace, partitions, topicsOfTurns)
    const options = { namespace, partitions, records: Number(records) }
    const requests = await requestsOf(broker, options)
    for (const [name, medians] of await timesOf(broker, options)) {
      const [median, lowest, highest] = [quantile(medians, 0.5), Math.min(...medians), Math.max(...medians)]
      const figures = `${median.toFixed(1)} (${lowest.toFixed(1)} to ${highest.toFixed(1)})`
      console.log(`| ${partitions} | ${name} | ${requests.get(name)?.toFixed(1)} | ${figures} |`)
    }
  }
})
