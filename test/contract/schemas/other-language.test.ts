import { recordNames } from '@payout/schemas/avro/schema-catalog'
import { Codec } from '@payout/schemas/codec'
import { fromPlain, toPlain } from '@payout/schemas/testing/plain-record'
import { recordOf } from '@payout/schemas/testing/record-arbitrary'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import vectors from '../../../packages/schemas/src/testing/fastavro-vectors.json' with { type: 'json' }
import { type OtherLanguage, otherLanguage } from './other-language.ts'

const EACH = 25
const codec = new Codec()

const language = await otherLanguage().catch((error: Error) => {
  console.warn(`Records are not read by another language's library here: ${error.message}`)
  return undefined
})

async function roundTrip(other: OtherLanguage): Promise<void> {
  const seed = Date.now() % 2 ** 31
  const records = recordNames.flatMap((name) => fc.sample(recordOf(name), { numRuns: EACH, seed }))
  const values = records.map(({ name, value }) => codec.encode(name, value))
  const answers = await other.roundTrip(values)
  expect(answers.length, `seed ${seed}`).toBe(records.length)
  for (const [index, { name, value }] of records.entries()) {
    const answer = answers[index] ?? expect.fail()
    // What was written here is read there,
    expect([answer.name, answer.record], `seed ${seed}`).toEqual([name, toPlain(value)])
    // and what is written there is read here.
    const back = codec.decode(Buffer.from(answer.value, 'base64'), [name])
    expect(toPlain(back.value), `seed ${seed}`).toEqual(toPlain(value))
    expect(fromPlain(answer.record), `seed ${seed}`).toEqual({ ...value })
  }
}

if (language) {
  it(`records are read and written alike by ${language.name}`, () => roundTrip(language))
} else {
  it("with neither Python nor Java here, recorded bytes of Python's fastavro stand in for each record", () => {
    expect(recordNames.filter((record) => !vectors.some(({ name }) => name === record))).toEqual([])
  })
}
