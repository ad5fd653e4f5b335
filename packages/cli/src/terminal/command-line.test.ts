/** How commands end, as processes of their own, when what they opened stays open. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { describe, expect, it } from 'vitest'

const PROGRAM = join(import.meta.dirname, 'testing', 'held-command.ts')

function held(how: string) {
  const child = spawn(process.execPath, [PROGRAM, how], { env: { ...process.env, ...compileCache } })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      said[stream] += chunk
    })
  }
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, ...said }))
  return { child, said, ended }
}

describe('a command whose connections never close', () => {
  it('ends with its error', async () => {
    const { code, stderr } = await held('fails').ended
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: it did not work [CLI_FAILED]\n' })
  })

  it('ends with its result, and all of it is written', async () => {
    const { code, stdout } = await held('works').ended
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(10_001)
  })

  it('tells its error although a closing never ends', async () => {
    const { code, stderr } = await held('closes').ended
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('did not close') })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends after one %s that its work does not hear', async (signal) => {
    const { child, said, ended } = held('holds')
    await expect.poll(() => said.stdout, { timeout: 20_000 }).toContain('holding')
    child.kill(signal)
    expect(await ended).toMatchObject({ code: 130, stderr: 'stopped; what was under way is given up\n' })
  })
})
