/**
 * `npm run bench:task-ends -- [--singles 100] [--payouts 20000]`: task sessions that failed in a system without any
 * fault: while single payouts go through it, each after the outcome of the one before, and while many go through it
 * at once. Ends with 1 where there is one, or where the reconciler has not told one outcome for each payout.
 */
import { parseArgs } from 'node:util'
import { eventPlaces, eventStream } from '@payout/cli/follow/event-stream'
import type { PayoutRow } from '@payout/cli/payout-file/payout-csv'
import { progress } from '@payout/cli/terminal/progress'
import { publishPayouts } from '@payout/cli/write/payout-commands'
import { isOutcome } from '@payout/demo/audit/outcome'
import { samplePartners } from '@payout/demo/samples/sample-payouts'
import { Pipeline } from '@payout/demo/system/pipeline'
import { serviceNames } from '@payout/demo/system/programs'
import { noteWords } from '@payout/demo/system/supervisor'
import { fen } from '@payout/mapi/values/fen'
import type { EventLog } from '@payout/runtime/event-log/port'
import { isPayoutEvent } from '@payout/runtime/record/domain-event'
import type { Codec } from '@payout/schemas/codec'
import { quantile } from './one-broker.ts'

const { values } = parseArgs({
  options: { singles: { type: 'string', default: '100' }, payouts: { type: 'string', default: '20000' } },
})
const [singles, payouts] = [Number(values.singles), Number(values.payouts)]
if (![singles, payouts].every((number) => Number.isInteger(number) && number >= 1))
  throw new Error('npm run bench:task-ends -- [--singles 100] [--payouts 20000]')

function row(name: string, at: number): PayoutRow {
  const partner = samplePartners[at % samplePartners.length] ?? samplePartners[0]
  return {
    id: `${name}-${at}`,
    partner,
    to: `ok.${at}@example.com`,
    name: '常炜',
    amountFen: fen(100 + at),
    memo: '稿费',
  }
}

/** The sum of a metric over all services, of those of its lines that hold the text. */
async function sumOf(pipeline: Pipeline, metric: string, text = ''): Promise<number> {
  let sum = 0
  for (const name of serviceNames) {
    const metrics = await (await fetch(`http://127.0.0.1:${pipeline.settings.adminPorts[name]}/metrics`)).text()
    for (const line of metrics.split('\n'))
      if (line.startsWith(`${metric}{`) && line.includes(text)) sum += Number(line.split(' ').at(-1))
  }
  return sum
}

/** Outcomes as they come. */
class Outcomes {
  #count = 0
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined

  async follow(log: EventLog, codec: Codec, signal: AbortSignal): Promise<void> {
    const from = await eventPlaces(log, 'beginning', ['payout.events'])
    for await (const { event } of eventStream(log, codec, { from, until: 'follow', signal })) {
      if (!isPayoutEvent(event) || !isOutcome(event)) continue
      this.#count++
      if (this.#count >= (this.#waiting?.count ?? Number.POSITIVE_INFINITY)) this.#waiting?.resolve()
    }
  }

  async until(count: number): Promise<void> {
    if (this.#count >= count) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting = { count, resolve }
    await promise
  }
}

const shown = await progress()
const pipeline = await Pipeline.start({
  progress: shown,
  signal: new AbortController().signal,
  note: (note) => shown.done(noteWords(note)),
})
let isGood = true
const tell = async (what: string, asked: number, more: string) => {
  const ends = await sumOf(pipeline, 'event_log_task_ends_total', 'reason="failed"')
  const outcomes = await sumOf(pipeline, 'reconciler_outcomes_total')
  isGood &&= ends === 0 && outcomes === asked
  console.log(`${what}: ${ends} task ends by an error, ${outcomes} outcomes of ${asked} payouts; ${more}`)
}
try {
  await pipeline.system().withLog(async (log, codec) => {
    const over = new AbortController()
    const outcomes = new Outcomes()
    const following = outcomes.follow(log, codec, over.signal)
    const times: number[] = []
    for (let at = 0; at < singles; at++) {
      const begin = performance.now()
      await publishPayouts(log, codec, [row('single', at)])
      await outcomes.until(at + 1)
      times.push(performance.now() - begin)
    }
    const [half, most] = [quantile(times, 0.5), quantile(times, 0.99)]
    await tell(
      `${singles} singles`,
      singles,
      `from command to outcome p50 ${half.toFixed(0)} ms, p99 ${most.toFixed(0)} ms`,
    )
    const begin = performance.now()
    const rows = Array.from({ length: payouts }, (_, at) => row('many', at))
    await Promise.all([publishPayouts(log, codec, rows), outcomes.until(singles + payouts)])
    const seconds = (performance.now() - begin) / 1000
    await tell(`and ${payouts} at once`, singles + payouts, `${(payouts / seconds).toFixed(0)} payouts/s`)
    over.abort()
    await following
  })
} finally {
  await pipeline.stop()
  shown.stop()
}
process.exitCode = isGood ? 0 : 1
