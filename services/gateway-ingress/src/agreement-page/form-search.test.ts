import { randomBytes } from 'node:crypto'
import { Codec } from '@payout/schemas/codec'
import { describe, expect, it, onTestFinished } from 'vitest'
import { MemoryFormsLog } from '../testing/memory-forms.ts'
import { signedForm, TOKEN } from '../testing/signed-form.ts'
import { NOW } from '../testing/stage.ts'
import { FormSearch } from './form-search.ts'
import { Forms } from './forms.ts'

const KEY = 'shop/agreement/sign-1'
const form = signedForm('utf-8')
/** Longer than any test. */
const LONG_MS = 60_000

/** A token as the signer makes it, that nobody has. */
const guess = () => randomBytes(32).toString('base64url')

/** A search in a topic of two lanes that was read to its end. */
async function searching({ waitMs = LONG_MS } = {}) {
  const log = new MemoryFormsLog(2)
  const logged: string[] = []
  const note = (_fields: unknown, message?: string) => void logged.push(message ?? '')
  const logger = { info: note, warn: note, error: note }
  const clock = { now: () => NOW }
  const forms = new Forms({ log, codec: new Codec(), clock, logger, metrics: { formsHeld: () => {} }, retryMs: 5 })
  const search = new FormSearch({ log, forms, logger, waitMs })
  onTestFinished(() => {
    search.close()
    return forms.close()
  })
  await expect.poll(() => log.readings).toEqual(['end', 'follow'])
  return { log, forms, search, logged }
}

describe('FormSearch', () => {
  it('finds a form that is written and not read yet, once it is read', async () => {
    const { log, search } = await searching()
    log.heldBack.add(1)
    log.put(KEY, form, 1)
    const found = search.find('shop', TOKEN)
    await expect.poll(() => log.askings).toBe(1)
    log.heldBack.clear()
    expect(await found).toEqual(form)
  })

  it('finds a form before it has read the rest', async () => {
    const { log, search } = await searching()
    for (const lane of [0, 1]) log.heldBack.add(lane)
    log.put(KEY, form)
    log.put('shop/other', { ...form, token: 'other' }, 1)
    const found = search.find('shop', TOKEN)
    await expect.poll(() => log.askings).toBe(1)
    log.heldBack.delete(0)
    expect(await found).toEqual(form)
  })

  it('knows no form at an address when all was read that had been written by then', async () => {
    const { log, search } = await searching()
    log.put(KEY, form)
    log.put('shop/other', { ...form, token: 'other' }, 1)
    expect(await search.find('shop', guess())).toBe('unknown')
    expect(await search.find('other', TOKEN)).toBe('unknown')
  })

  it('waits for each lane', async () => {
    const { log, search } = await searching({ waitMs: 50 })
    log.heldBack.add(1)
    log.put('shop/other', { ...form, token: 'other' }, 1)
    expect(await search.find('shop', guess())).toBe('not-caught-up')
  })

  it('does not ask for what it holds, nor for what is no token', async () => {
    const { log, search } = await searching()
    log.put(KEY, { ...form, expiresAt: NOW })
    await expect.poll(() => search.find('shop', TOKEN)).toMatchObject({ token: TOKEN })
    log.askings = 0
    expect(await search.find('shop', TOKEN)).toMatchObject({ expiresAt: NOW })
    for (const token of ['', `${guess()}=`, guess().slice(1), `${guess().slice(1)}+`, `${guess()}\n`]) {
      expect(await search.find('shop', token)).toBe('unknown')
    }
    expect(log.askings).toBe(0)
  })

  it('does not call an address unknown that it could not look up in time', async () => {
    const { log, search } = await searching({ waitMs: 50 })
    log.heldBack.add(0)
    log.put(KEY, form)
    expect(await search.find('shop', TOKEN)).toBe('not-caught-up')
    expect(await search.find('shop', guess())).toBe('not-caught-up')
  })

  it('does not call an address unknown while Kafka is away, and tells why', async () => {
    const { log, search, logged } = await searching()
    log.away = true
    expect(await search.find('shop', guess())).toBe('not-caught-up')
    expect(logged).toContain('Kafka does not tell how far gateway.forms goes: addresses that are not known get 503')
  })

  it('asks ten times a second at the most, however many addresses are guessed', async () => {
    const { log, search } = await searching()
    const begun = performance.now()
    let answers = 0
    while (answers < 500) {
      const guesses = Array.from({ length: 50 }, () => search.find('shop', guess()))
      expect(new Set(await Promise.all(guesses))).toEqual(new Set(['unknown']))
      answers += guesses.length
    }
    // A timer may come a little early.
    expect(log.askings).toBeLessThanOrEqual(1 + (performance.now() - begun) / 95)
  })

  it('lets a hundred wait at a time, and no more', async () => {
    const { log, search } = await searching()
    log.heldBack.add(0)
    log.put(KEY, form)
    const waiting = Array.from({ length: 100 }, () => search.find('shop', guess()))
    expect(await search.find('shop', guess())).toBe('overloaded')
    log.heldBack.clear()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['unknown']))
    expect(await search.find('shop', guess())).toBe('unknown')
  })

  it('gives up what waits when it is closed', async () => {
    const { log, search } = await searching()
    log.heldBack.add(0)
    log.put(KEY, form)
    const found = search.find('shop', TOKEN)
    await expect.poll(() => log.askings).toBe(1)
    search.close()
    expect(await found).toBe('stopping')
    expect(await search.find('shop', TOKEN)).toBe('stopping')
  })

  it('says so before the topic was read for the first time', async () => {
    const log = new MemoryFormsLog(1)
    const forms = { read: false, find: () => undefined, hasRead: () => false, onMove: () => {} }
    const search = new FormSearch({ log, forms, logger: { warn: () => {} }, waitMs: LONG_MS })
    expect(await search.find('shop', TOKEN)).toBe('not-read-yet')
    expect(log.askings).toBe(0)
  })
})
