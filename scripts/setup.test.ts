/**
 * What an npm script does before it runs, on folders made up for it, with an npm that only notes that it was called.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const MODULES = {
  'node_modules/needed': { version: '1.0.0' },
  'node_modules/checker': { version: '1.0.0', dev: true },
  'node_modules/node-for-here': { version: '24.0.0', optional: true },
}
/** Whoever runs the tests as root may write everywhere: then what must not write is run as somebody else. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'))
  chmodSync(root, 0o755)
  for (const folder of ['scripts', 'npm']) mkdirSync(join(root, folder))
  copyFileSync(join(import.meta.dirname, 'setup.mjs'), join(root, 'scripts', 'setup.mjs'))
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...MODULES } }))
  writeFileSync(
    join(root, 'npm', 'npm'),
    `#!/bin/sh\necho called >> '${join(root, 'npm', 'calls')}'\nmkdir -p node_modules/needed\n`,
  )
  chmodSync(join(root, 'npm', 'npm'), 0o755)
})

afterEach(() => {
  for (const folder of [root, join(root, '.local')]) if (existsSync(folder)) chmodSync(folder, 0o755)
  rmSync(root, { recursive: true, force: true })
})

/** A person's own installation, as npm notes it down. */
function installed(names: readonly (keyof typeof MODULES)[], version?: string): void {
  for (const name of names) mkdirSync(join(root, name), { recursive: true })
  const packages = Object.fromEntries(names.map((name) => [name, version ? { version } : MODULES[name]]))
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}

function setup(mode: string[], options: { readonly uid?: number; readonly gid?: number } = {}) {
  const { status, signal, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), ...mode], {
    encoding: 'utf8',
    env: { PATH: [join(root, 'npm'), process.env.PATH].join(delimiter) },
    timeout: 20_000,
    ...options,
  })
  return { status: status ?? signal, stderr, calls: existsSync(join(root, 'npm', 'calls')) }
}

describe('a production installation', () => {
  it.each([[['--check']], [['--demonstration']]])('is taken as it is by %s', (mode) => {
    installed(['node_modules/needed'])
    expect(setup(mode)).toEqual({ status: 0, stderr: '', calls: false })
    expect(readdirSync(root).sort()).toEqual(['node_modules', 'npm', 'package-lock.json', 'scripts'])
  })

  it('is not replaced by a script of developers, which says what is missing and what would replace it', () => {
    installed(['node_modules/needed'])
    const { status, stderr, calls } = setup([])
    expect({ status, calls }).toEqual({ status: 78, calls: false })
    expect(stderr).toContain('checker')
    expect(stderr).toContain('npm run setup replaces it')
  })

  it('is replaced when a person asks for it by name', () => {
    installed(['node_modules/needed'])
    expect(setup(['--renew'])).toMatchObject({ status: 0, calls: true })
  })

  it('of a package manager that notes nothing down is taken too', () => {
    mkdirSync(join(root, 'node_modules', 'needed'), { recursive: true })
    expect(setup(['--check'])).toEqual({ status: 0, stderr: '', calls: false })
  })
})

describe('a command of operators', () => {
  it('installs nothing where nothing is installed, and says how to', () => {
    const { status, stderr, calls } = setup(['--check'])
    expect({ status, calls }).toEqual({ status: 78, calls: false })
    expect(stderr).toContain('npm ci --omit=dev')
    expect(existsSync(join(root, 'node_modules'))).toBe(false)
  })

  it('names what differs from the locked versions, and replaces nothing', () => {
    installed(['node_modules/needed', 'node_modules/checker'], '0.9.0')
    const { status, stderr, calls } = setup(['--check'])
    expect({ status, calls }).toEqual({ status: 78, calls: false })
    expect(stderr).toContain('(needed, checker)')
  })

  it('replaces not even what npm run setup has installed, when other versions are locked by now', () => {
    installed(['node_modules/needed'], '0.9.0')
    writeFileSync(join(root, 'node_modules', '.setup-stamp'), 'of other versions')
    expect(setup(['--check'])).toMatchObject({ status: 78, calls: false })
    expect(setup([])).toMatchObject({ status: 0, calls: true })
  })

  it('needs no right to write', () => {
    installed(['node_modules/needed'])
    chmodSync(root, 0o555)
    expect(setup(['--check'], NOBODY)).toEqual({ status: 0, stderr: '', calls: false })
  })
})

describe('where nothing is installed', () => {
  it.each([[[]], [['--demonstration']], [['--renew']]])('the locked dependencies are installed once by %j', (mode) => {
    expect(setup(mode)).toMatchObject({ status: 0, calls: true })
    rmSync(join(root, 'npm', 'calls'))
    expect(setup(mode.includes('--renew') ? [] : mode)).toEqual({ status: 0, stderr: '', calls: false })
    expect(existsSync(join(root, '.local', 'setup.lock'))).toBe(false)
  })

  it('what an ended npm left behind is installed again', () => {
    mkdirSync(join(root, 'node_modules', 'checker'), { recursive: true })
    expect(setup([])).toMatchObject({ status: 0, calls: true })
  })
})

describe('a folder that cannot be written', () => {
  it.each([
    ['the folder itself', () => chmodSync(root, 0o555)],
    [
      'the folder of the lock',
      () => {
        mkdirSync(join(root, '.local'))
        chmodSync(join(root, '.local'), 0o555)
      },
    ],
    ['a file where that folder would be', () => writeFileSync(join(root, '.local'), '')],
    [
      'a lock that a process left behind',
      () => {
        mkdirSync(join(root, '.local', 'setup.lock'), { recursive: true })
        // No process has this number.
        writeFileSync(join(root, '.local', 'setup.lock', 'pid'), '4194304')
        chmodSync(join(root, '.local'), 0o555)
      },
    ],
  ])('ends the set-up with what cannot be made, and why: %s', (_, spoil) => {
    spoil()
    const { status, stderr, calls } = setup([], NOBODY)
    expect({ status, calls }).toEqual({ status: 78, calls: false })
    expect(stderr).toMatch(/^setup: .*\.local.* can't be made or changed \(E[A-Z]+\)/)
  })
})

describe('the lock of the set-up', () => {
  it.each(['4194304', '', '0', 'nonsense'])('holds nobody up where its owner has ended: %j', (pid) => {
    const lock = join(root, '.local', 'setup.lock')
    mkdirSync(lock, { recursive: true })
    writeFileSync(join(lock, 'pid'), pid)
    utimesSync(lock, 0, 0)
    expect(setup([])).toMatchObject({ status: 0, calls: true })
  })
})

it('every command of operators and every service only looks before it starts', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))
  const looking = Object.keys(scripts).filter((name) => /packages\/(?:cli|demo)\/src|services\//.test(scripts[name]))
  const modes = Object.fromEntries(looking.map((name) => [name, scripts[`pre${name}`]]))
  const { start, up, ...others } = modes
  expect([start, up]).toEqual(Array(2).fill('node scripts/setup.mjs --demonstration'))
  expect(Object.values(others)).toEqual(Array(looking.length - 2).fill('node scripts/setup.mjs --check'))
})
