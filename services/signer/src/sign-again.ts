/**
 * What happens to a record of `gateway.to-sign`: it is signed for a day on which it may still be sent, under the batch
 * number that it names, and goes to `gateway.requests` of the same lane, in one transaction with its offset.
 */
import { batchNo } from '@payout/mapi/batch-no'
import type { LaneSession, LogRecord, OutgoingRecord } from '@payout/runtime/event-log/port'
import { checkOffsets } from '@payout/runtime/lane-start'
import { PartnerMissingError } from './errors.ts'
import { GROUP } from './signer.ts'
import type { SignerParts } from './signer-parts.ts'

/** Works off one partition of `gateway.to-sign`. What can't be read makes the lane wait: it is our own, not a dead letter. */
export async function signAgain(session: LaneSession, parts: SignerParts): Promise<void> {
  await checkOffsets(session, parts.memory, GROUP, ['gateway.to-sign'])
  while (!session.stopping) {
    for (const { records, next } of await session.poll({ maxRecords: 100, timeoutMs: 1_000 })) {
      if (records.length === 0) continue
      // A refused floor means that Redis is not to be trusted: then nothing is signed (S7.1).
      await parts.memory.floors.get(GROUP, 'gateway.to-sign', session.partition)
      await session.commit(
        records.map((record) => sign(record, parts)),
        { 'gateway.to-sign': next },
      )
      await parts.memory.floors.raise(GROUP, [
        { topic: 'gateway.to-sign', partition: session.partition, next, committedAt: Date.now() },
      ])
    }
  }
}

function sign(record: LogRecord, { codec, rules, requestSigner, metrics }: SignerParts): OutgoingRecord {
  const { value } = codec.decode(record.value, ['gateway.GatewayToSign'])
  const partner = rules.partner(value.partner)
  if (!partner) throw new PartnerMissingError(value.partner)
  metrics.add('signer_signed_again_total', { reason: value.reason })
  const { topic, partition, offset, timestamp } = record
  return requestSigner.signAgain(partner, value, batchNo(value.batchNo), {
    topic,
    partition,
    offset,
    line: 0,
    timestamp,
  })
}
