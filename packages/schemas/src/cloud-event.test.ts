import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordNames } from './avro/schema-catalog.ts'
import { cloudEventHeaders, eventType } from './cloud-event.ts'

/** Names that readers know: part of the contract. */
const TYPES = [
  'payout.requested payout.batch_requested payout.decided payout.return_file_requested',
  'payout.accepted payout.succeeded payout.failed payout.refused payout.unresolved payout.overdue payout.mismatched payout.resubmitted',
  'payout.returned payout.return_file_read payout.return_file_failed',
  'agreement.sign_requested agreement.status_requested agreement.unsign_requested',
  'agreement.form_ready agreement.signed agreement.not_signed agreement.unsigned agreement.failed agreement.refused agreement.on_hold',
  'gateway.request gateway.to_sign gateway.attempt gateway.answer gateway.notify gateway.decision gateway.timer',
  'gateway.service_request gateway.service_to_sign gateway.service_answer gateway.form_to_sign gateway.form',
  'gateway.agreement_command gateway.agreement_state gateway.return_file_command gateway.return_file_state gateway.return_schedule gateway.return_rows gateway.not_signed gateway.service_not_signed',
  'gateway.switch',
].flatMap((line) => line.split(' '))

describe('CloudEvents headers', () => {
  it('ce_type is one of the known words for each record', () => {
    expect(recordNames.map(eventType).toSorted()).toEqual(TYPES.toSorted())
  })

  it('have the names and forms of the Kafka binding, binary mode', () => {
    const event = {
      id: 'a',
      type: 'payout.failed',
      source: '/live/signer',
      subject: 'acme/1',
      time: Date.UTC(2026, 0, 2),
    }
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'a',
      ce_type: 'payout.failed',
      ce_source: '/live/signer',
      ce_subject: 'acme/1',
      ce_time: '2026-01-02T00:00:00.000Z',
      'content-type': 'application/avro',
    }
    expect(cloudEventHeaders(event)).toEqual(headers)
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    expect(cloudEventHeaders({ ...event, traceparent })).toEqual({ ...headers, traceparent })
  })

  it('have the moment of their own event, whatever event came before', () => {
    const moments = fc.constantFrom(0, 1, 999, 1_000, Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 2, 0, 0, 0, 1))
    fc.assert(
      fc.property(fc.array(moments), (times) => {
        for (const time of times) {
          const { ce_time } = cloudEventHeaders({ id: 'a', type: 'payout.failed', source: '/live', subject: 'b', time })
          expect(ce_time).toBe(new Date(time).toISOString())
        }
      }),
    )
  })
})
