import { describe, expect, it } from 'vitest'
import { text } from '../config/field.ts'
import { serviceSchema } from '../config/service.ts'
import { answerTo } from './help.ts'

const about = {
  name: 'signer',
  does: 'Signs.',
  schema: serviceSchema({ SECRET: text({ description: 'a secret', secret: true }) }),
}

describe('the arguments of a service', () => {
  it('are none when it is to start', () => {
    expect(answerTo([], about)).toBeUndefined()
  })

  it.each(['--help', '-h'])('%s names every setting with what it is', (arg) => {
    const answer = answerTo([arg], about)
    expect(answer).toMatchObject({ code: 0, text: expect.stringContaining('npm run signer\n\nSigns.') })
    expect(answer?.text).toMatch(/SECRET +a secret \(required; or in a file: _FILE\)/)
  })

  it.each(['--version', '-V'])('%s tells the release, and Node', (arg) => {
    expect(answerTo([arg], about)).toEqual({ code: 0, text: `signer 0.1.0, Node ${process.version}` })
  })

  it('are refused by name where they are others', () => {
    expect(answerTo(['--help', '--p\u001bort'], about)).toEqual({
      code: 78,
      text: 'signer takes no argument --p\\u{1b}ort: its settings come from the environment; --help names them',
    })
  })
})
