import assert from 'node:assert/strict'
import { parseNotify, verifyNotify } from '@payout/mapi/notify/notify'
import { notifyDetails } from '@payout/mapi/notify/notify-details'
import { body, NOTIFY, partner, signer } from '@payout/mapi/notify/testing/notify-fixture'
import { signForm } from '@payout/mapi/signature/signed-form'
import fc from 'fast-check'
import { noise, spoiled } from './mutation.ts'
import type { FuzzTarget } from './target.ts'

/** Well-signed notifies whose values are anything: they get behind the signature, where the text is read. */
const value = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...Object.values(NOTIFY)).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: spoiled(fc.constantFrom(...Object.values(NOTIFY)).map((text) => Buffer.from(text))) },
  { weight: 1, arbitrary: noise },
)
const names = Object.keys(NOTIFY).filter((name) => name !== 'sign_type')
const changed = fc.tuple(fc.constantFrom(...names, 'success_details', 'fail_details', '_input_charset', 'x'), value)
const signed = fc.array(changed, { maxLength: 3 }).map((changes) => {
  const fields = new Map<string, Buffer>(Object.entries(NOTIFY).map(([name, text]) => [name, Buffer.from(text)]))
  for (const [name, bytes] of changes) fields.set(name, bytes)
  return Buffer.from(signForm([...fields], signer).body)
})

const contentType = fc.constantFrom(
  undefined,
  '',
  'application/x-www-form-urlencoded; text/html; charset=UTF-8',
  'application/x-www-form-urlencoded; charset=gbk',
  'x; charset="',
)

function check(raw: Buffer, type: string | undefined): void {
  const form = parseNotify(raw, type)
  if (!form.ok) return
  const notify = verifyNotify(form, partner)
  if (!notify.ok) {
    assert.match(notify.reason, /^[a-z-]+$/)
    return
  }
  assert.ok(Number.isSafeInteger(notify.notifyTime))
  assert.match(notify.contentHash, /^[0-9a-f]{64}$/)
  for (const read of notifyDetails(form.fields, notify.charset)) {
    if (read.ok) assert.ok(read.line.amount > 0 && Number.isSafeInteger(read.line.completedAt))
  }
}

/** Notifies, from the raw bytes to their lines. */
export const notifyTarget: FuzzTarget = {
  name: 'notifies',
  share: 0.25,
  cases: fc.tuple(
    fc.oneof(
      { weight: 4, arbitrary: spoiled(fc.constantFrom(body(), body({}, 'utf-8'))) },
      { weight: 5, arbitrary: signed },
      { weight: 1, arbitrary: noise },
    ),
    contentType,
  ),
  check,
}
