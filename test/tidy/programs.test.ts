/** What a person types to learn what a program does, or which release it is, starts nothing and throws nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { compileCache } from '@payout/runtime/service/compile-cache'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const programs = Object.entries<string>(scripts).flatMap(([name, line]) => {
  const [, file] = /^exec node ((?:packages\/(?:cli|demo)\/src|services|test\/crash|test\/fuzz)\/\S+)$/.exec(line) ?? []
  return file === undefined ? [] : [{ name, file }]
})

async function run(file: string, arg: string) {
  const env = { ...compileCache, PATH: process.env.PATH }
  const child = spawn(process.execPath, [join(ROOT, file), arg], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

it('the programs are the commands, the services and the tests that take options', () => {
  const names = programs.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['pay', 'up', 'signer', 'rebuild', 'crash', 'fuzz']))
})

describe.each(programs)('npm run $name', ({ name, file }) => {
  it('tells with --help what it does, with --version its release, and refuses what it does not know', async () => {
    const [help, version, other] = await Promise.all(
      ['--help', '--version', '--no-such-option'].map((arg) => run(file, arg)),
    )
    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/Exit codes: 0 /) })
    expect(version).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(new RegExp(`^${name} 0\\.1\\.0`)),
    })
    // One that needs an option says that first.
    expect(other).toMatchObject({ stdout: '', stderr: expect.stringMatching(/--no-such-option|required option/) })
    expect([2, 78]).toContain(other?.code)
    expect(other?.stderr).not.toMatch(/^ +at /m)
  })
})
