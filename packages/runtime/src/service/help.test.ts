import { describe, expect, it } from 'vitest'
import { text } from '../config/field.ts'
import { serviceSchema } from '../config/service.ts'
import { toldInstead } from './help.ts'

const about = {
  name: 'signer',
  does: 'Signs.',
  schema: serviceSchema({ SECRET: text({ description: 'a secret', secret: true }) }),
}

describe('the arguments of a service', () => {
  it('are none when it is to start', () => {
    expect(toldInstead([], about)).toBeUndefined()
  })

  it.each(['--help', '-h'])('%s names every setting with what it is', (arg) => {
    const told = toldInstead([arg], about)
    expect(told).toMatchObject({ code: 0, text: expect.stringContaining('npm run signer\n\nSigns.') })
    expect(told?.text).toMatch(/SECRET +a secret \(required; or in a file: _FILE\)/)
  })

  it.each(['--version', '-V'])('%s tells the release, and Node', (arg) => {
    expect(toldInstead([arg], about)).toEqual({ code: 0, text: `signer 0.1.0, Node ${process.version}` })
  })

  it('are refused by name where they are others', () => {
    expect(toldInstead(['--help', '--p\u001bort'], about)).toEqual({
      code: 78,
      text: 'signer takes no argument --p\\u{1b}ort: its settings come from the environment; --help names them',
    })
  })
})
