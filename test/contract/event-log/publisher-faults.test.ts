/** A publisher that waits for a producer, or for a leader: what that holds up, and what not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailableError } from '@payout/runtime/event-log/errors'
import type { Publisher } from '@payout/runtime/event-log/port'
import { MIB } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { answers, valuesOf } from './ground.ts'
import { api } from './kafka-proxy.ts'
import { proxiedGround } from './proxied-ground.ts'

const TIMEOUT_MS = 2_000
/** The partition that fails. A number that stands nowhere else in an answer: no broker's id, no length. */
const ODD_ONE = 13
/** Kafka's numbers of errors. */
const OUT_OF_ORDER = 45
const NO_LEADER = 5

const ground = proxiedGround()

async function worker(lanes: number) {
  const { log, another } = await ground.world(lanes, [answers])
  const publisher = another({ clientId: 'worker', publishTimeoutMs: TIMEOUT_MS }).publisher({ maxBytes: MIB })
  return { log, publisher }
}

function append(publisher: Publisher, partition: number, value: string) {
  return publisher.append({ topic: answers, partition, key: null, value: Buffer.from(value), headers: {} })
}

/** Where an answer to Produce speaks of a partition: its number (4 bytes), then its error (2). */
function produced(answer: Buffer, partition: number): number | undefined {
  // Size, correlation id, number of topics, then one: its name and its partitions, of 30 bytes each.
  const first = 18 + answer.readInt16BE(12)
  const count = answer.readInt32BE(first - 4)
  const places = Array.from({ length: count }, (_, at) => first + 30 * at)
  return places.find((at) => answer.readInt32BE(at) === partition)
}

function refuse(answer: Buffer, partition: number, error: number): void {
  const at = produced(answer, partition)
  if (at !== undefined) answer.writeInt16BE(error, at + 4)
}

/** Takes the leader of `ODD_ONE` away in an answer to Metadata. */
function takeLeader(answer: Buffer): void {
  // No error (2 bytes), the partition's number (4), its leader (4).
  const head = Buffer.alloc(6)
  head.writeInt32BE(ODD_ONE, 2)
  const at = answer.indexOf(head)
  if (at < 0) return
  answer.writeInt16BE(NO_LEADER, at)
  answer.writeInt32BE(-1, at + 6)
}

/** Appends to partition 0 for a while; how it ended for each. */
async function goOn(publisher: Publisher, ms: number): Promise<unknown[]> {
  const ends: unknown[] = []
  for (const until = Date.now() + ms; Date.now() < until; await sleep(20))
    ends.push(await append(publisher, 0, `v${ends.length}`).then(() => 'stored', String))
  return [...new Set(ends)]
}

describe('a publisher', { timeout: 60_000 }, () => {
  it('stores for other partitions while one waits for a new producer', async () => {
    const { publisher } = await worker(ODD_ONE + 1)
    await Promise.all([append(publisher, 0, 'before'), append(publisher, ODD_ONE, 'before')])
    let isHeld = false
    const held = Promise.withResolvers<boolean>()
    ground.rules = {
      request: ({ apiKey, clientId }) => {
        if (apiKey !== api.initProducerId || clientId !== 'worker') return true
        isHeld = true
        return held.promise
      },
      response: ({ apiKey, clientId }, answer) => {
        if (apiKey === api.produce && clientId === 'worker') refuse(answer, ODD_ONE, OUT_OF_ORDER)
        return true
      },
    }
    await expect(append(publisher, ODD_ONE, 'refused')).rejects.toThrow(LogUnavailableError)
    await expect.poll(() => isHeld).toBe(true)
    expect(await goOn(publisher, 2 * TIMEOUT_MS)).toEqual(['stored'])
    ground.rules = {}
    held.resolve(true)
    await expect
      .poll(() => append(publisher, ODD_ONE, 'again').catch(String), { timeout: 10_000 })
      .toEqual({ offset: expect.any(Number) })
    await publisher.close()
  })

  it('stores for other partitions while one has no leader', async () => {
    const { publisher } = await worker(ODD_ONE + 1)
    ground.rules = {
      response: ({ apiKey, clientId }, answer) => {
        if (apiKey === api.metadata && clientId === 'worker') takeLeader(answer)
        return true
      },
    }
    const [ends, other] = await Promise.all([
      goOn(publisher, 2 * TIMEOUT_MS),
      append(publisher, ODD_ONE, 'refused').catch((error) => error),
    ])
    expect(other).toEqual(expect.any(LogUnavailableError))
    expect(ends).toEqual(['stored'])
    await publisher.close()
  })

  it('is closed at once while a new producer is waited for', async () => {
    const { log, publisher } = await worker(1)
    const held = Promise.withResolvers<boolean>()
    ground.rules = {
      request: ({ apiKey, clientId }) => apiKey !== api.initProducerId || clientId !== 'worker' || held.promise,
    }
    await expect(append(publisher, 0, 'never')).rejects.toThrow(LogUnavailableError)
    expect(await Promise.race([publisher.close(), sleep(5_000, 'still open')])).toBe(undefined)
    held.resolve(false)
    expect(await valuesOf(log, answers, 1)).toEqual([[]])
  })
})
