/**
 * Makes a fresh clone ready: installs the locked dependencies (and with them Node 24, where the machine has an older
 * one) and says what is missing. Runs before every npm script that needs it; takes a few milliseconds when there is
 * nothing to do. Plain JavaScript for Node 20 and later, and nothing from node_modules: at the first run there is none.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.setup-stamp')
const lock = join(root, '.local', 'setup.lock')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted

function fail(message) {
  process.stderr.write(`setup: ${message}\n`)
  process.exit(78)
}

/** Whether the process that made the lock lives. Between making it and naming its owner a lock counts for a few seconds. */
function isHeld() {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0)
    return true
  } catch (error) {
    if (error.code === 'EPERM') return true
    if (error.code === 'ESRCH') return false
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs < 5_000
  }
}

/** Two first runs at once would delete each other's files: the second waits for the first. One that was ended holds nothing. */
function withLock(work) {
  mkdirSync(dirname(lock), { recursive: true })
  for (let first = true; ; first = false) {
    try {
      mkdirSync(lock)
      break
    } catch {
      if (!isHeld()) {
        rmSync(lock, { recursive: true, force: true })
        continue
      }
      if (first) process.stderr.write('setup: waiting for another set-up of this folder\n')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  process.once('exit', () => rmSync(lock, { recursive: true, force: true }))
  writeFileSync(join(lock, 'pid'), String(process.pid))
  work()
}

/** npm ci replaces node_modules, and with it the Node 24 that may be first on the PATH: it must not run on that one. */
function pathWithoutOurBin() {
  const bin = join(modules, '.bin')
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== bin)
    .join(delimiter)
}

function install() {
  if (installed()) return
  process.stderr.write('setup: installing the locked dependencies (about 20 seconds, once)\n')
  const env = { ...process.env, PATH: pathWithoutOurBin() }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Ended by Ctrl-C, npm goes on for a moment to take back what it did: who waits for the lock has to wait for that too.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync(npm, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (result.error) fail(`npm could not be started (${result.error.message}); install npm 10 or later`)
  if (result.status !== 0) fail(`npm ci ended with ${result.status ?? result.signal}; its own message is above`)
  checkNode()
  writeFileSync(stamp, wanted)
}

function checkNode() {
  const bundled = join(modules, '.bin', 'node')
  const version = existsSync(bundled)
    ? spawnSync(bundled, ['--version'], { encoding: 'utf8' }).stdout
    : spawnSync('node', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: pathWithoutOurBin() } }).stdout
  const major = Number(/^v(\d+)/.exec(version ?? '')?.[1] ?? 0)
  if (major < 24) {
    fail(
      `the services need Node 24 and there is ${version?.trim() || 'none'}: no Node 24 came with the dependencies on ` +
        `this platform (${process.platform} ${process.arch}); put Node 24 or later first on the PATH`,
    )
  }
}

if (!installed()) withLock(install)
