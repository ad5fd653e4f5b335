/**
 * Makes a fresh clone ready: installs the locked dependencies (and with them Node 24, where the machine has an older
 * one) and says what is missing. Runs before every npm script; takes a few milliseconds when there is nothing to do.
 * It installs where nothing is installed, and renews what it has installed itself. What a person has installed is
 * replaced by `npm run setup` alone.
 *
 *     node scripts/setup.mjs                   before a script of developers
 *     node scripts/setup.mjs --demonstration   before `npm start` and `npm run up`: without what only developers need
 *     node scripts/setup.mjs --check           before an operator's command or a service: only looks, changes nothing
 *     node scripts/setup.mjs --renew           as `npm run setup`; installs whatever was there
 *
 * Plain JavaScript for Node 20 and later, and nothing from node_modules: at the first run there is none.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.setup-stamp')
const lock = join(root, '.local', 'setup.lock')
const lockedText = readFileSync(join(root, 'package-lock.json'))
const wanted = createHash('sha256').update(lockedText).digest('hex')

const stamped = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
/** npm writes it when it has installed everything. */
const hidden = join(modules, '.package-lock.json')

function fail(message) {
  process.stderr.write(`setup: ${message}\n`)
  process.exit(78)
}

/** Does what changes files of this folder; where that is not allowed, says so and ends. */
function change(what, work) {
  try {
    return work()
  } catch (error) {
    return fail(
      `${what} can't be made or changed (${error.code ?? error.message}): the dependencies are installed by whoever may write ` +
        `to ${root}; commands of an installed pipeline need no right to write there`,
    )
  }
}

/** Names of what is missing, or of another version than the locked one where npm wrote down what it installed. */
function differences(withDevelopment) {
  const installed = existsSync(hidden) ? JSON.parse(readFileSync(hidden, 'utf8')).packages : undefined
  return Object.entries(JSON.parse(lockedText).packages)
    .filter(([path, { dev, devOptional, optional, peer, version }]) => {
      if (!path.includes('node_modules/')) return false
      const isThere = installed ? installed[path] !== undefined : existsSync(join(root, path))
      if (isThere) return installed !== undefined && installed[path].version !== version
      return !optional && !devOptional && !peer && (withDevelopment || !dev)
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
}

function some(names) {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

/** Whether anything is installed, by whomever. */
function isThereAnything() {
  try {
    return readdirSync(modules).some((name) => !name.startsWith('.'))
  } catch (error) {
    if (error.code === 'ENOENT') return false
    return fail(`${modules} can't be read (${error.code})`)
  }
}

/** For commands of operators and services: says what would keep them from running, and changes nothing. */
function check() {
  if (!isThereAnything()) fail(`nothing is installed in ${root}: type npm run setup, or npm ci --omit=dev`)
  checkThisNode()
  if (stamped()) return
  const others = differences(false)
  if (others.length > 0)
    fail(
      `what is installed in ${root} is not what package-lock.json names (${some(others)}): type npm run setup, or the npm ci ` +
        'that it was installed by',
    )
}

/** npm puts the Node of the dependencies first on the PATH, where there is one: what runs here runs the script too. */
function checkThisNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return
  fail(
    `this needs Node ${NODE_MAJOR} and is run by ${process.version}: put Node ${NODE_MAJOR} or later first on the PATH`,
  )
}

/**
 * The process that holds the lock; undefined where none does. Between making it and naming its owner a lock counts for
 * a few seconds.
 */
function holder() {
  let pid
  try {
    pid = Number(readFileSync(join(lock, 'pid'), 'utf8'))
    if (pid > 0) process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return undefined
    if (error.code === 'EPERM') return `process ${pid}`
  }
  if (pid > 0) return `process ${pid}`
  try {
    return Date.now() - statSync(lock).mtimeMs < 5_000 ? 'a process' : undefined
  } catch {
    return undefined
  }
}

/**
 * Two first runs at once would delete each other's files: the second waits for the first. One that was ended holds
 * nothing.
 */
function withLock(work) {
  change(dirname(lock), () => mkdirSync(dirname(lock), { recursive: true }))
  for (let first = true; !tookLock(); ) {
    const other = holder()
    if (other === undefined) {
      change(lock, () => rmSync(lock, { recursive: true, force: true }))
      continue
    }
    if (first)
      process.stderr.write(
        `setup: waiting for another set-up of this folder (${other}; where that is something else by now, remove ${lock})\n`,
      )
    first = false
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  process.once('exit', () => rmSync(lock, { recursive: true, force: true }))
  change(lock, () => writeFileSync(join(lock, 'pid'), String(process.pid)))
  work()
}

/** False where somebody has it. Whatever else keeps it from being made would do so again and again. */
function tookLock() {
  return change(lock, () => {
    try {
      mkdirSync(lock)
      return true
    } catch (error) {
      if (error.code === 'EEXIST') return false
      throw error
    }
  })
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
  if (stamped()) return
  process.stderr.write('setup: installing the locked dependencies (about 20 seconds, once)\n')
  const env = { ...process.env, PATH: pathWithoutOurBin() }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  // Ended by Ctrl-C, npm goes on for a moment to take back what it did: who waits for the lock has to wait for that
  // too.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync(npm, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] })
  if (result.error) fail(`npm could not be started (${result.error.message}); install npm 10 or later`)
  if (result.status !== 0) fail(`npm ci ended with ${result.status ?? result.signal}; its own message is above`)
  checkNode()
  change(stamp, () => writeFileSync(stamp, wanted))
}

function checkNode() {
  const bundled = join(modules, '.bin', 'node')
  const version = existsSync(bundled)
    ? spawnSync(bundled, ['--version'], { encoding: 'utf8' }).stdout
    : spawnSync('node', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: pathWithoutOurBin() } }).stdout
  const major = Number(/^v(\d+)/.exec(version ?? '')?.[1] ?? 0)
  if (major < NODE_MAJOR) {
    fail(
      `the services need Node ${NODE_MAJOR} and there is ${version?.trim() || 'none'}: no Node ${NODE_MAJOR} came with the dependencies on ` +
        `this platform (${process.platform} ${process.arch}); put Node ${NODE_MAJOR} or later first on the PATH`,
    )
  }
}

/**
 * For developers and the demonstration. A whole installation of somebody else's is taken as it is, where it is enough.
 */
function ensure(withDevelopment) {
  if (stamped()) return
  if (existsSync(stamp) || !isThereAnything()) return withLock(install)
  const others = differences(withDevelopment)
  if (others.length === 0) return checkThisNode()
  // npm did not come to its end.
  if (!existsSync(hidden)) return withLock(install)
  return fail(
    `what is installed here is not enough, or not what package-lock.json names (${some(others)}). It was not installed by npm run setup, so it ` +
      'is left as it is: npm run setup replaces it',
  )
}

/** Asked for by name: whatever was there. */
function renew() {
  if (stamped() && differences(true).length === 0) return
  withLock(() => {
    change(stamp, () => rmSync(stamp, { force: true }))
    install()
  })
}

const modes = {
  '': () => ensure(true),
  '--demonstration': () => ensure(false),
  '--check': check,
  '--renew': renew,
}
const mode = modes[process.argv[2] ?? '']
if (mode === undefined) fail(`${process.argv[2]} is none of ${Object.keys(modes).filter(Boolean).join(', ')}`)
mode()
