import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { untilReady } from './readiness.ts'

const never = new AbortController().signal
const ready: RequestListener = (_request, response) => response.end('{"ready":true}')

async function port(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Four services, one of which answers as it is told. */
async function ports(signer: RequestListener) {
  const well = await port(ready)
  return { 'gateway-ingress': well, signer: await port(signer), 'gateway-egress': well, reconciler: well }
}

function logs(): string {
  const folder = mkdtempSync(join(tmpdir(), 'readiness-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'signer.log'), 'first\n{"level":"warn","msg":"waits for its lanes"}\n')
  return folder
}

it('waits until each service says that it is ready', async () => {
  let asked = 0
  const third: RequestListener = (_request, response) => {
    asked += 1
    response.writeHead(asked < 3 ? 503 : 200).end()
  }
  await untilReady(await ports(third), { limitMs: 10_000, signal: never, logs: logs() })
  expect(asked).toBe(3)
})

it('tells after the limit what is missing, the last lines of the log, and what raises the limit', async () => {
  const waits: RequestListener = (_request, response) => response.writeHead(503).end('{"kafka":"no lanes"}')
  const error = await untilReady(await ports(waits), { limitMs: 1000, signal: never, logs: logs() }).catch(String)
  expect(error).toContain('some services were not ready in 1 s; START_LIMIT raises that\n')
  expect(error).toMatch(
    /signer: \{"kafka":"no lanes"\}; the last lines of its log:\n {4}first\n {4}WARN waits for its lanes$/,
  )
})

it('keeps the limit where a service takes the question and says nothing', async () => {
  const silent: RequestListener = () => undefined
  const error = await untilReady(await ports(silent), { limitMs: 60, signal: never, logs: logs() }).catch(String)
  expect(error).toMatch(/signer: does not answer \(/)
})

it('ends when it is given up', async () => {
  const waits: RequestListener = (_request, response) => response.writeHead(503).end()
  const gone = AbortSignal.timeout(60)
  const waiting = untilReady(await ports(waits), { limitMs: 10_000, signal: gone, logs: logs() })
  await expect(waiting).rejects.toHaveProperty('name', 'TimeoutError')
})
