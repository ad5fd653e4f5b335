import { describe, expect, it } from 'vitest'
import { partnerId } from '../values/partner-id.ts'
import { notifyVerifyQuery, readNotifyVerify } from './notify-verify.ts'

describe('notify_verify', () => {
  it('BTN-12: asks with service, partner and notify_id, encoded exactly once, as in batch_trans_notify_no_pwd 1.3 §9', () => {
    // The id as it is after the notify's own decoding: it holds percent signs itself.
    const notifyId = 'RqPnCoPT3K9%2Fvwbh3I%2BFioE227%2BPfNMl8jwyZqMliXQWxhOCmQ5MQO%2FWd93rvCB%2BaiGq'
    const query = notifyVerifyQuery(partnerId('2088002396712354'), notifyId)
    expect(query).toBe(
      'service=notify_verify&partner=2088002396712354&notify_id=RqPnCoPT3K9%252Fvwbh3I%252BFioE227%252BPfNMl8jwyZqMliXQWxhOCmQ5MQO%252FWd93rvCB%252BaiGq',
    )
    expect(new URLSearchParams(query).get('notify_id')).toBe(notifyId)
    const odd = 'a+b/c=d#e&f?'
    expect(new URLSearchParams(notifyVerifyQuery(partnerId('2088002396712354'), odd)).get('notify_id')).toBe(odd)
  })

  it.each(['true', 'true\n', ' \r\n\ttrue \n'])('BTN-12: %j confirms', (text) => {
    expect(readNotifyVerify(Buffer.from(text))).toBe(true)
  })

  it.each([
    '',
    'false',
    'invalid',
    'TRUE',
    'True',
    'untrue',
    'true.',
    'true true',
    'true\nfalse',
    '"true"',
    '<html>true</html>',
    '\ufefftrue',
    '\u00a0true',
    'true\u0000',
  ])('BTN-12: %j does not confirm', (text) => {
    expect(readNotifyVerify(Buffer.from(text))).toBe(false)
  })
})
