import { PipelineError } from '@payout/schemas/error'
import { describe, expect, it } from 'vitest'
import { MAPI_ERRORS, MapiError } from './error.ts'

describe('error', () => {
  it('has a stable code, a field and a cause', () => {
    const cause = new Error('below')
    const error = new MapiError('MAPI_KEY_FORMAT', 'no key', { cause, field: 'key' })
    expect(error).toBeInstanceOf(PipelineError)
    expect(error).toMatchObject({ name: 'MapiError', code: 'MAPI_KEY_FORMAT', message: 'no key', field: 'key', cause })
    expect(new MapiError('MAPI_KEY_FORMAT', 'no key').field).toBeUndefined()
  })

  it('other packages extend it with codes of their own', () => {
    class OtherError extends PipelineError {}
    const error = new OtherError('OTHER_THING', 'text')
    expect(error).toMatchObject({ name: 'OtherError', code: 'OTHER_THING' })
    expect(error.stack).toMatch(/^OtherError: text/)
  })

  it('every code is upper snake case and begins with the package’s name', () => {
    for (const code of Object.keys(MAPI_ERRORS)) expect(code).toMatch(/^MAPI(_[A-Z0-9]+)+$/)
  })
})
