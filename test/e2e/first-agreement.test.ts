/** The whole way of one agreement and of one return file, through all services as processes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { askAgreement, askReturnFile, sign, status, unsign } from '../system/actors/commands.ts'
import { serviceAnswersOf, serviceRequestsOf } from '../system/records.ts'
import { SERVICES, type System, startSystem } from '../system/system.ts'

const EMAIL = 'user@example.com'
let system: System

beforeAll(async () => {
  const env = { AGREEMENT_FIRST_POLL: '300ms', AGREEMENT_MAX_POLL: '1s' }
  system = await startSystem({ brokers: inject('brokers'), redisUrl: inject('redisUrl'), processes: SERVICES, env })
})
afterAll(() => system?.stop())

function formUrl(): string {
  const ready = system.events.agreements.find(({ name }) => name === 'agreement.AgreementFormReady')
  return ready?.name === 'agreement.AgreementFormReady' ? ready.value.url : ''
}

it('an agreement is signed, asked for and cancelled', async () => {
  await askAgreement(system, sign('s1', EMAIL))
  await system.events.until(() => system.events.ofCommand('s1').includes('form_ready'), 'the form is ready')
  const { consent } = await system.gateway.control({ action: 'consent', formUrl: formUrl() })
  expect(consent).toMatchObject({ outcome: 'signed' })
  await system.events.until(() => system.events.ofCommand('s1').includes('signed'), 'it is signed')
  await askAgreement(system, status('q1', EMAIL))
  await system.events.until(() => system.events.ofCommand('q1').length > 0, 'its status is told')
  await askAgreement(system, unsign('u1', EMAIL))
  await system.events.until(() => system.events.ofCommand('u1').length > 0, 'it is cancelled')
  expect(['s1', 'q1', 'u1'].map((id) => system.events.ofCommand(id))).toEqual([
    ['form_ready', 'signed'],
    ['signed'],
    ['unsigned'],
  ])
  expect(await system.gateway.agreements()).toMatchObject([
    { account: EMAIL, state: 'unsigned', timesSigned: 1, timesUnsigned: 1 },
  ])
  const services = new Set((await serviceRequestsOf(system)).map(({ service }) => service))
  expect(services).toEqual(new Set(['query_customer_protocol', 'customer_unsign']))
})

it('a return file is fetched, kept and told', async () => {
  const file = await system.gateway.control({ action: 'return-file', alias: 'shop-md5-utf8', date: '20261118' })
  await askReturnFile(system, '20261118')
  const returned = () => system.events.seen.filter(({ name }) => name === 'payout.PayoutReturned')
  await system.events.until(() => returned().length === 2 && system.events.returnFiles.length > 0, 'its rows are told')
  expect(system.events.returnFiles.map(({ type }) => type)).toEqual(['payout.return_file_read'])
  expect(existsSync(join(system.evidenceFolder, file.fileHash ?? 'none'))).toBe(true)
  expect((await serviceAnswersOf(system)).filter(({ file: took }) => took !== null)).toMatchObject([
    { service: 'bptb_refund_file', outcome: 'accepted', file: { rows: 2, hash: file.fileHash } },
  ])
})
