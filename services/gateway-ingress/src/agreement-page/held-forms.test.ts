import { describe, expect, it } from 'vitest'
import { signedForm, TOKEN } from '../testing/signed-form.ts'
import { formAddress, HeldForms } from './held-forms.ts'

const form = signedForm('utf-8')

describe('HeldForms', () => {
  it('drops what has expired, and nothing else', () => {
    const held = new HeldForms()
    held.put('a', form)
    held.put('b', { ...form, token: 'later', expiresAt: form.expiresAt + 1 })
    held.sweep(form.expiresAt - 1)
    expect(held.size).toBe(2)
    held.sweep(form.expiresAt)
    expect(held.size).toBe(1)
    expect(held.find('shop', TOKEN)).toBeUndefined()
    expect(held.find('shop', 'later')?.token).toBe('later')
  })

  it('takes a form away with its key, however often it was put there', () => {
    const held = new HeldForms()
    held.put('a', form)
    held.put('a', form)
    held.remove('b')
    expect(held.find('shop', TOKEN)).toEqual(form)
    held.remove('a')
    expect([held.size, held.find('shop', TOKEN)]).toEqual([0, undefined])
  })

  it('tells apart what would read the same when written together', () => {
    expect(formAddress('shop', 'ab')).not.toBe(formAddress('shopa', 'b'))
    expect(formAddress('shop', TOKEN)).not.toContain(TOKEN.slice(0, 8))
  })
})
