import { describe, expect, it } from 'vitest'
import { outcomeId, reportId } from './event-id.ts'

/**
 * Reckoned in Python: base64.urlsafe_b64encode(sha256(json.dumps(["event", 1, ...], separators=(",",
 * ":")).encode()).digest())[:32]. They must never change: readers drop what they have seen by them.
 */
describe('ids of events', () => {
  it('of outcomes come from type, partner and payout alone', () => {
    expect(outcomeId('payout.succeeded', 'acme', 'order-1')).toBe('y1dtt9RRykVoaCmoQEDChHFtMOhqPhyO')
  })

  it('of reports come from the cause too', () => {
    const answer = { topic: 'gateway.answers', partition: 3, offset: 42 }
    expect(reportId('payout.unresolved', 'acme', 'order-1', answer)).toBe('EqV_VJbEyCLsgUNe8IOAAzzAvPyecN9K')
    const command = { topic: 'payout.commands', partition: 0, offset: 7, line: 2 }
    expect(reportId('payout.refused', 'acme', 'order-1', command)).toBe('GFzd4OW9XaiJQJrruy7P8Rl1aNM7PaM4')
  })

  it('keep apart what only runs together when it is joined', () => {
    expect(outcomeId('payout.failed', 'a', 'bc')).not.toBe(outcomeId('payout.failed', 'ab', 'c'))
  })
})
