import { laneOf } from '@payout/mapi/values/batch-no'
import { Codec } from '@payout/schemas/codec'
import type { GatewayRequest, GatewayToSign } from '@payout/schemas/generated/records'
import { DAY_MS } from '@payout/schemas/units'
import { describe, expect, it } from 'vitest'
import { LANES } from '../testing/fake-log.ts'
import { batch, fields, read, signer } from '../testing/signed.ts'
import { NOON, SignerBench } from '../testing/signer-bench.ts'

const codec = new Codec()
const MIDNIGHT = Date.parse('2026-11-22T00:00:00+08:00')

describe('signed again', () => {
  function toSign(changes: Partial<GatewayToSign> = {}): GatewayToSign {
    const { batchNo, payer, lines } = read(signer(NOON).sign(batch(['p1'])))
    return {
      partner: 'acme',
      batchNo,
      payer,
      lines,
      notBefore: '20261122',
      signing: 2,
      reason: 'expired',
      resubmission: false,
      ...changes,
    }
  }

  async function again(now: number, changes: Partial<GatewayToSign> = {}): Promise<GatewayRequest | undefined> {
    const bench = new SignerBench()
    bench.clock.at = now
    const asked = toSign(changes)
    const lane = laneOf(asked.batchNo as Parameters<typeof laneOf>[0], LANES)
    bench.log.append({ topic: 'gateway.to-sign', partition: lane, value: codec.encode('gateway.GatewayToSign', asked) })
    await bench.runToSign(lane)
    expect(bench.log.committedOffset('gateway.to-sign', lane)).toBe(1)
    return bench.requests[0]
  }

  it('BTN-5: for today, and never for a day before the one that egress names, whichever clock is ahead', async () => {
    // The signer's clock is still on the 21st, egress's on the 22nd.
    expect((await again(MIDNIGHT - 1))?.payDate).toBe('20261122')
    expect((await again(MIDNIGHT))?.payDate).toBe('20261122')
    // The record waited for a day.
    expect((await again(MIDNIGHT + DAY_MS))?.payDate).toBe('20261123')
  })

  it('BTN-5: keeps number, lines, payer and lane, and says which signing and what asked for it', async () => {
    const asked = toSign()
    const request = await again(MIDNIGHT, asked)
    expect(request).toMatchObject({
      batchNo: asked.batchNo,
      lines: asked.lines,
      payer: asked.payer,
      signing: 2,
      resubmission: false,
      cause: { topic: 'gateway.to-sign', offset: 0 },
    })
    expect(fields(request?.body ?? Buffer.alloc(0)).get('pay_date')).toBe('20261122')
  })

  it('says where it is a second batch number', async () => {
    expect(await again(MIDNIGHT, { reason: 'again', resubmission: true, signing: 1 })).toMatchObject({
      resubmission: true,
      signing: 1,
    })
  })

  it('what can not be read lets the lane wait', async () => {
    const bench = new SignerBench()
    bench.log.append({ topic: 'gateway.to-sign', partition: 0, value: Buffer.from('no Avro') })
    await expect(bench.runToSign(0)).rejects.toMatchObject({ code: 'SCHEMA_NOT_AVRO' })
    expect(bench.log.commits).toEqual([])
  })

  it('nothing while Redis is not trusted, and not below the checkpoint', async () => {
    const bench = new SignerBench()
    bench.log.append({ topic: 'gateway.to-sign', partition: 1, value: codec.encode('gateway.GatewayToSign', toSign()) })
    bench.stateStore.trusted = false
    await expect(bench.runToSign(1)).rejects.toMatchObject({ code: 'REDIS_NOT_TRUSTED' })
    bench.stateStore.trusted = true
    await bench.runToSign(1)
    bench.log.setOffset('gateway.to-sign', 1, 0)
    await expect(bench.runToSign(1)).rejects.toMatchObject({ code: 'TASK_OFFSETS_BEHIND' })
    expect(bench.requests).toHaveLength(1)
  })
})
