/**
 * The least that a route for notifies can be, as a process of its own: fastify reads the form, asks the gateway with
 * the form's `notify_id`, and answers. It verifies, looks up and stores nothing.
 */
import Fastify from 'fastify'
import { Pool } from 'undici'

const { BARE_PORT, GATEWAY_URL = '', CONNECTIONS } = process.env
const gateway = new URL(GATEWAY_URL)
const pool = new Pool(gateway.origin, { connections: Number(CONNECTIONS), pipelining: 1, allowH2: false })

const app = Fastify({ logger: false })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post<{ Body: Buffer }>('/notify/:alias', async (request, reply) => {
  const form = new URLSearchParams(request.body.toString('latin1'))
  const question = new URLSearchParams({
    service: 'notify_verify',
    partner: form.get('pay_user_id') ?? '',
    notify_id: form.get('notify_id') ?? '',
  })
  const { body } = await pool.request({ path: `${gateway.pathname}?${question}`, method: 'GET' })
  if ((await body.text()) !== 'true') return reply.code(400).send('fail')
  return reply.code(200).header('content-type', 'text/plain').send('success')
})
await app.listen({ host: '127.0.0.1', port: Number(BARE_PORT) })
console.log('ready')
