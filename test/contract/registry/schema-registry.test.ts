import { SchemaRegistry, subjectOf } from '@payout/runtime/schema-registry/registry'
import { currentSchema, recordNames } from '@payout/schemas/avro/schema-catalog'
import { Codec, UnknownSchemaError } from '@payout/schemas/codec'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Apicurio, startApicurio } from './apicurio.ts'

const COMMAND = 'payout.PayoutRequested'
const PAYOUT = {
  payoutId: 'order-1',
  partner: 'acme',
  payer: null,
  payeeAccount: 'payee@example.com',
  payeeName: 'Li',
  amountFen: 1,
  memo: '',
  requestedAt: null,
}

let apicurio: Apicurio
beforeAll(async () => {
  apicurio = await startApicurio()
})
afterAll(() => apicurio?.stop())

function registry(namespace: string, register = true): SchemaRegistry {
  const logger = { info: () => undefined, warn: () => undefined }
  return new SchemaRegistry({ url: apicurio.url, namespace, register, timeoutMs: 10_000, logger })
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const response = await fetch(`${apicurio.url}${path}`, { method, headers, body: body ? JSON.stringify(body) : null })
  expect(response.status, `${method} ${path}`).toBe(200)
  return response.json()
}

it('four processes that start at once register each schema once, and agree on its id', async () => {
  const all = Array.from({ length: 4 }, () => registry('together'))
  await Promise.all(all.map((one) => one.connect()))
  for (const name of recordNames) {
    expect(new Set(all.map((one) => one.idOf(name))).size).toBe(1)
    const subject = subjectOf('together', name)
    expect(await ask('GET', `/subjects/${subject}/versions`)).toEqual([1])
    const { schema } = (await ask('GET', `/schemas/ids/${all[0]?.idOf(name)}`)) as { schema: string }
    expect(JSON.parse(schema)).toEqual(JSON.parse(currentSchema(name).json))
  }
})

it('may be read only, once all is there', async () => {
  await expect(registry('alone', false).connect()).rejects.toThrow('SCHEMA_REGISTRY_REGISTER')
  await registry('alone').connect()
  await registry('alone', false).connect()
})

it('a record of a version that another release registered later is read', async () => {
  const schemas = registry('later')
  await schemas.connect()
  const schema = JSON.parse(currentSchema(COMMAND).json)
  schema.fields.push({ name: 'more', type: 'boolean', default: false })
  const { id } = (await ask('POST', `/subjects/${subjectOf('later', COMMAND)}/versions`, {
    schema: JSON.stringify(schema),
  })) as { id: number }
  const bytes = Buffer.concat([Buffer.alloc(5), new Codec().encode(COMMAND, PAYOUT).subarray(10), Buffer.of(1)])
  bytes.writeUInt32BE(id, 1)
  await schemas.learn([bytes])
  expect({ ...new Codec(schemas).decode(bytes, [COMMAND]).value }).toEqual(PAYOUT)
  const fresh = registry('later')
  await fresh.connect()
  expect({ ...new Codec(fresh).decode(bytes, [COMMAND]).value }).toEqual(PAYOUT)
})

it('ids that nobody gave out stay unknown, and stop nothing', async () => {
  const schemas = registry('unknown')
  await schemas.connect()
  const ids = [0, 4_711_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1].map((id) => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(id, 1)
    return bytes
  })
  await schemas.learn(ids)
  for (const bytes of ids) expect(() => new Codec(schemas).decode(bytes, [COMMAND])).toThrow(UnknownSchemaError)
})

it("a compatibility rule that refuses this release's schema is named", async () => {
  const subject = subjectOf('strict', COMMAND)
  const schema = {
    type: 'record',
    name: 'PayoutRequested',
    namespace: 'payout',
    fields: [{ name: 'other', type: 'int' }],
  }
  await ask('POST', `/subjects/${subject}/versions`, { schema: JSON.stringify(schema) })
  await ask('PUT', `/config/${subject}`, { compatibility: 'FULL' })
  await expect(registry('strict').connect()).rejects.toThrow('compatibility')
})
