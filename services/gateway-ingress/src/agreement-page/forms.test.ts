import { Codec } from '@payout/schemas/codec'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryFormsLog } from '../testing/memory-forms.ts'
import { signedForm, TOKEN } from '../testing/signed-form.ts'
import { NOW } from '../testing/stage.ts'
import { Forms } from './forms.ts'

const KEY = 'shop/agreement/sign-1'
const form = signedForm('utf-8')

function follow(log = new MemoryFormsLog(3)) {
  const logged: string[] = []
  const held: number[] = []
  const note = (_fields: unknown, message?: string) => void logged.push(message ?? '')
  const forms = new Forms({
    log,
    codec: new Codec(),
    clock: { now: () => NOW },
    logger: { info: note, warn: note, error: note },
    metrics: { formsHeld: (count) => void held.push(count) },
    retryMs: 5,
  })
  onTestFinished(() => forms.close())
  return { forms, log, logged, held, caughtUp: () => expect.poll(() => forms.read).toBe(true) }
}

describe('Forms', () => {
  it('holds what stands in all lanes, from their beginning', async () => {
    const log = new MemoryFormsLog(3)
    for (const lane of [0, 1, 2]) log.put(`shop/${lane}`, { ...form, token: `token-${lane}` }, lane)
    const { forms, caughtUp, held } = follow(log)
    expect(forms.read).toBe(false)
    expect(forms.find('shop', 'token-1')).toBeUndefined()
    await caughtUp()
    expect([0, 1, 2].map((lane) => forms.find('shop', `token-${lane}`)?.token)).toEqual([
      'token-0',
      'token-1',
      'token-2',
    ])
    expect(held.at(-1)).toBe(3)
  })

  it('is not read before the end was reached', async () => {
    const log = new MemoryFormsLog(1)
    log.put(KEY, form)
    log.slow = true
    const { forms, caughtUp } = follow(log)
    await expect.poll(() => log.readings).toEqual(['end'])
    expect(forms.read).toBe(false)
    log.slow = false
    await caughtUp()
    expect(forms.find('shop', TOKEN)).toEqual(form)
  })

  it('follows what comes: a newer form of the same key voids the token before, a tombstone takes it away', async () => {
    const { forms, log, caughtUp } = follow()
    await caughtUp()
    log.put(KEY, form)
    log.put('shop/other', { ...form, token: 'other' }, 2)
    await expect.poll(() => forms.find('shop', TOKEN)).toEqual(form)
    log.put(KEY, { ...form, token: 'newer' })
    await expect.poll(() => forms.find('shop', 'newer')?.token).toBe('newer')
    expect(forms.find('shop', TOKEN)).toBeUndefined()
    log.put(KEY, null)
    await expect.poll(() => forms.find('shop', 'newer')).toBeUndefined()
    expect(forms.find('shop', 'other')?.token).toBe('other')
  })

  it('finds a form under the alias of its own partner only', async () => {
    const { forms, log, caughtUp } = follow()
    log.put(KEY, form)
    await caughtUp()
    expect(forms.find('other', TOKEN)).toBeUndefined()
    expect(forms.find('shop', `${TOKEN}x`)).toBeUndefined()
    expect(forms.find('', '')).toBeUndefined()
  })

  it('leaves out a form that it cannot read, and the one before it, and goes on', async () => {
    const { forms, log, logged, caughtUp } = follow()
    log.put(KEY, form)
    log.put(KEY, Buffer.from('no Avro'))
    log.put('shop/next', { ...form, token: 'next' })
    await caughtUp()
    expect(forms.find('shop', TOKEN)).toBeUndefined()
    expect(forms.find('shop', 'next')?.token).toBe('next')
    expect(logged).toContain('a form cannot be read, and is not shown')
  })

  it('reads again from the beginning after Kafka was away, and shows what it holds until then', async () => {
    const { forms, log, logged, caughtUp } = follow()
    log.put(KEY, form)
    log.put('shop/gone', { ...form, token: 'gone' })
    await caughtUp()
    await expect.poll(() => log.readings).toEqual(['end', 'follow'])
    log.away = true
    await expect.poll(() => logged).toContain('gateway.forms cannot be read: it is tried again from its beginning')
    expect(forms.find('shop', TOKEN)).toEqual(form)
    log.put('shop/gone', null)
    log.put('shop/late', { ...form, token: 'late' })
    log.away = false
    await expect.poll(() => forms.find('shop', 'late')?.token).toBe('late')
    expect(forms.find('shop', TOKEN)).toEqual(form)
    expect(forms.find('shop', 'gone')).toBeUndefined()
    expect(log.readings.slice(-2)).toEqual(['end', 'follow'])
  })

  it('knows how far it has read: over what stands behind the last record, in every lane', async () => {
    const log = new MemoryFormsLog(2)
    log.put(KEY, form)
    const { forms, caughtUp } = follow(log)
    expect(forms.hasRead([0, 0])).toBe(false)
    await caughtUp()
    // A form and its marker.
    expect([forms.hasRead([2, 0]), forms.hasRead([3, 0]), forms.hasRead([2, 1])]).toEqual([true, false, false])
    log.put('shop/next', { ...form, token: 'next' }, 1)
    await expect.poll(() => forms.hasRead([2, 2])).toBe(true)
    expect(forms.find('shop', 'next')?.token).toBe('next')
  })

  it('does not pass off what a reading has read that is not shown yet', async () => {
    const { forms, log, logged, caughtUp } = follow()
    await caughtUp()
    log.away = true
    await expect.poll(() => logged).toContain('gateway.forms cannot be read: it is tried again from its beginning')
    log.put(KEY, form)
    log.slow = true
    log.away = false
    await expect.poll(() => log.done).toBe(1)
    expect([forms.hasRead([2, 0, 0]), forms.find('shop', TOKEN)]).toEqual([false, undefined])
    log.slow = false
    await expect.poll(() => forms.hasRead([2, 0, 0])).toBe(true)
    expect(forms.find('shop', TOKEN)).toEqual(form)
  })

  it('starts while Kafka is away', async () => {
    const log = new MemoryFormsLog(1)
    log.away = true
    log.put(KEY, form)
    const { forms, logged, caughtUp } = follow(log)
    await expect.poll(() => logged.length).toBeGreaterThan(1)
    expect(forms.read).toBe(false)
    log.away = false
    await caughtUp()
    expect(forms.find('shop', TOKEN)).toEqual(form)
  })
})
