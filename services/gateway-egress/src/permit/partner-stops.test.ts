import type { SwitchOrigin } from '@payout/runtime/switches/switch-record'
import type { SwitchReading, SwitchView } from '@payout/runtime/switches/switches'
import type { GatewaySwitch } from '@payout/schemas/generated/records'
import { describe, expect, it } from 'vitest'
import { type BegunStop, PartnerStops, stopByAnswer } from './partner-stops.ts'

/** What the log says, by the test's word. */
class Log implements SwitchView {
  known = true
  readonly stopped = new Set<string>()
  readonly standing = new Map<string, GatewaySwitch>()
  #tell: (reading: SwitchReading) => void = () => undefined

  isStopped(alias: string): boolean {
    return this.stopped.has(alias)
  }

  find(scope: string, origin: SwitchOrigin): GatewaySwitch | undefined {
    return this.standing.get(`${scope}/${origin}`)
  }

  onReading(listener: (reading: SwitchReading) => void): void {
    this.#tell = listener
  }

  read(...values: GatewaySwitch[]): void {
    this.readAt(0, ...values)
  }

  readAt(began: number, ...values: GatewaySwitch[]): void {
    for (const value of values) {
      const alias = value.scope.slice('partner/'.length)
      if (value.state === 'stopped') this.stopped.add(alias)
      else this.stopped.delete(alias)
      this.standing.set(`${value.scope}/${value.origin}`, value)
    }
    this.#tell({ began, values })
  }
}

function begun(at = 100, until: number | undefined = undefined): BegunStop {
  return stopByAnswer({ partner: 'shop', key: 'shop/1', lane: 0, attempt: 1 }, { code: 'ILLEGAL_SIGN', until, at })
}

function stage() {
  const log = new Log()
  const time = { wall: 200, monotonic: 0 }
  const stops = new PartnerStops(log, { now: () => time.wall }, () => time.monotonic)
  return { log, time, stops }
}

const goes = (stop: BegunStop, at: number): GatewaySwitch => ({
  ...stop.value,
  state: 'goes',
  at,
  by: 'Li',
  cause: null,
})

describe('a stop by an answer', () => {
  it('is in force for the whole process from the moment at which its answer is understood', () => {
    const { stops } = stage()
    stops.forLane().begin(begun())
    expect([stops.isStopped('shop'), stops.isStopped('other')]).toEqual([true, false])
  })

  it('stays until it is read back from the log, and then the log rules', () => {
    const { stops, log } = stage()
    const [lane, stop] = [stops.forLane(), begun()]
    lane.begin(stop)
    lane.written([stop])
    log.read()
    expect(stops.isStopped('shop')).toBe(true)
    log.read(stop.value, goes(stop, 150))
    expect(stops.isStopped('shop')).toBe(false)
  })

  it('a person who lets go before it is in the log takes back what came before, not this one', () => {
    const { stops, log } = stage()
    const [lane, stop] = [stops.forLane(), begun()]
    lane.begin(stop)
    log.read(goes(stop, 150))
    expect(stops.isStopped('shop')).toBe(true)
  })

  it('for a time ends at its time, in the log or not', () => {
    const { stops, time } = stage()
    stops.forLane().begin(begun(100, 300))
    expect(stops.isStopped('shop')).toBe(true)
    time.wall = 300
    expect(stops.isStopped('shop')).toBe(false)
  })

  it('is not waited for for ever where its record was written over before it was read', () => {
    const { stops, log } = stage()
    const [lane, stop] = [stops.forLane(), begun()]
    lane.begin(stop)
    lane.written([stop])
    log.readAt(10_000)
    expect(stops.isStopped('shop')).toBe(true)
    log.readAt(10_001)
    expect(stops.isStopped('shop')).toBe(false)
  })
})

describe('a stop whose session ended before its answer was committed', () => {
  it('stays in force, and the next lane of the process that commits anything writes it, once', () => {
    const { stops, log } = stage()
    const [first, second, third] = [stops.forLane(), stops.forLane(), stops.forLane()]
    const stop = begun()
    first.begin(stop)
    expect(second.takeLeft()).toEqual([])
    first.end()
    expect(stops.isStopped('shop')).toBe(true)
    expect(second.takeLeft()).toEqual([stop])
    expect(third.takeLeft()).toEqual([])
    second.end()
    expect(third.takeLeft()).toEqual([stop])
    third.written([stop])
    third.end()
    expect(stops.forLane().takeLeft()).toEqual([])
    log.read(stop.value)
    log.stopped.clear()
    expect(stops.isStopped('shop')).toBe(false)
  })

  it('is not written again where its transaction was committed after all', () => {
    const { stops, log } = stage()
    const lane = stops.forLane()
    const stop = begun()
    lane.begin(stop)
    lane.end()
    log.read(stop.value)
    expect(stops.forLane().takeLeft()).toEqual([])
    expect(stops.isStopped('shop')).toBe(true)
  })

  it('gives way to what a person said of the same switch after it', () => {
    const { stops, log } = stage()
    const lane = stops.forLane()
    const stop = begun()
    lane.begin(stop)
    lane.end()
    log.read(goes(stop, 150))
    expect(stops.forLane().takeLeft()).toEqual([])
    expect(stops.isStopped('shop')).toBe(false)
  })

  it('does not give way to what was said before it, by a clock that is ahead', () => {
    const { stops, log } = stage()
    const lane = stops.forLane()
    const stop = begun()
    log.read(goes(stop, 150))
    lane.begin(stop)
    lane.end()
    expect(stops.forLane().takeLeft()).toEqual([stop])
    expect(stops.isStopped('shop')).toBe(true)
  })

  it('counts also where its answer comes when the session is over', () => {
    const { stops } = stage()
    const lane = stops.forLane()
    lane.end()
    const stop = begun()
    lane.begin(stop)
    expect(stops.isStopped('shop')).toBe(true)
    expect(stops.forLane().takeLeft()).toEqual([stop])
  })
})
