import type { Clock } from '@payout/runtime/clock'
import { Codec } from '@payout/schemas/codec'
import type { GatewayRequest } from '@payout/schemas/generated/records'
import { type Batch, composedBatch } from '../payout/batch.ts'
import { judgePayout } from '../payout/payout-check.ts'
import { RequestSigner } from '../payout/request-signer.ts'
import { LANES } from './fake-log.ts'
import { acme, NOON, payout } from './signer-bench.ts'

const codec = new Codec()

export function signer(now: number): RequestSigner {
  const clock: Clock = { now: () => now }
  return new RequestSigner({ codec, clock, lanes: LANES, source: '/test/signer' })
}

export function batch(ids: readonly string[], of = acme, amountFen = 1_234): Batch {
  const payables = ids.map((id, offset) => {
    const coordinates = { topic: 'payout.commands', partition: 0, offset, line: 0, timestamp: NOON } as const
    const instruction = { ...payout(id, { amountFen }), contentHash: 'h', coordinates, traceparent: undefined }
    const judgement = judgePayout(instruction, ids.length, { partner: () => of, defaultMemo: 'x' })
    if (!judgement.ok) throw new Error(judgement.refusal.code)
    return judgement.payable
  })
  const composed = composedBatch(payables)
  if (!composed) throw new Error('no payouts')
  return composed
}

export function read(record: { value: Buffer | null } | undefined): GatewayRequest {
  return codec.decode(record?.value ?? null, ['gateway.GatewayRequest']).value
}

/**
 * Fields of a form body in gbk, by Python's rules of percent-encoding: decoded as latin1 here, since only bytes count.
 */
export function fields(body: Buffer): Map<string, string> {
  return new Map(
    body
      .toString('latin1')
      .split('&')
      .map((pair): [string, string] => {
        const [name = '', value = ''] = pair.split('=')
        const bytes = value
          .replace(/\+/g, ' ')
          .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
        return [name, bytes]
      }),
  )
}
