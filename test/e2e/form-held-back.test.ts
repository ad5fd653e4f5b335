/** What an event names can be had when the event can be read: the page of a form that ingress has not read yet. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { api, KafkaProxy } from '../contract/event-log/kafka-proxy.ts'
import { AgreementStage } from '../system/actors/agreement-stage.ts'
import { type System, startSystem } from '../system/system.ts'

let proxy: KafkaProxy
let system: System

beforeAll(async () => {
  const [broker = ''] = inject('brokers')
  proxy = await KafkaProxy.listen(broker)
  system = await startSystem({
    brokers: inject('brokers'),
    redisUrl: inject('redisUrl'),
    count: { 'gateway-ingress': 0 },
    env: { INGRESS_FORM_WAIT: '10s' },
  })
  await system.add('gateway-ingress', { KAFKA_BROKERS: proxy.address })
})

afterAll(async () => {
  await system?.stop()
  await proxy?.close()
})

it('a form’s page is shown to who opens it at once, though gateway.forms comes to ingress later', async () => {
  const { promise: asked, resolve: tellAsked } = Promise.withResolvers<void>()
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  let isOpened = false
  proxy.rules = {
    // Ingress asks how far the topic goes, once the page was opened.
    request: ({ apiKey }) => {
      if (isOpened && apiKey === api.listOffsets) tellAsked()
      return true
    },
    response: async ({ apiKey }) => {
      if (apiKey === api.fetch) await released
      return true
    },
  }
  const url = await new AgreementStage(system).signing('held-back', 'held.back@example.com')
  isOpened = true
  let status = 0
  const page = fetch(url).then((answer) => {
    status = answer.status
    return answer.text()
  })
  await Promise.race([asked, page])
  expect(status).toBe(0)
  release()
  expect(await page).toContain('<form')
  expect(status).toBe(200)
})
