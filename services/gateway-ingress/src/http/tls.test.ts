import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { notifyBody, testPartner } from '../testing/alipay-notify.ts'
import { rawConnection } from '../testing/raw-connection.ts'
import { stage } from '../testing/stage.ts'
import type { TlsFiles } from './http-server.ts'

/** A fresh certificate of its own, by OpenSSL. */
function certificate(name: string): TlsFiles {
  const folder = mkdtempSync(join(tmpdir(), 'ingress-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

function post(url: string, body: Buffer, tls: { ca: string; servername: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/notify/shop`, { method: 'POST', agent: false, ...tls }, (response) => {
      response.setEncoding('latin1')
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

it('takes notifies by HTTPS, with the certificate of the moment', async () => {
  const [first, second] = [certificate('first.test'), certificate('second.test')]
  const { app } = await stage({ tls: first })
  const body = notifyBody(testPartner('MD5', 'utf-8'))
  expect(app.url).toMatch(/^https:/)
  expect(await post(app.url, body, { ca: first.cert, servername: 'first.test' })).toBe('success')
  app.replaceTls(second)
  expect(await post(app.url, body, { ca: second.cert, servername: 'second.test' })).toBe('success')
  await expect(post(app.url, body, { ca: first.cert, servername: 'first.test' })).rejects.toThrow()
})

it('gives a TLS handshake the time of headers', async () => {
  const { app, metrics } = await stage({ tls: certificate('first.test'), settings: { headerTimeoutMs: 200 } })
  const silent = await rawConnection(app.url)
  expect(await silent.received).toBe('')
  const plain = await rawConnection(app.url)
  plain.write('POST /notify/shop HTTP/1.1\r\n\r\n')
  expect(await plain.received).not.toContain('HTTP')
  expect(metrics.lines).toEqual(['refused too-slow', 'refused malformed-http'])
})

it('stops although a TLS handshake never ends', async () => {
  const { app } = await stage({ tls: certificate('first.test') })
  const silent = await rawConnection(app.url)
  await app.stop(50)
  expect(await silent.received).toBe('')
})
