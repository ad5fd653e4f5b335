import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findJava } from '@payout/sandbox/provision/kafka/java'
import { withFolderLock } from '@payout/sandbox/provision/process/folder-lock'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const HERE = import.meta.dirname
const REQUIREMENTS = join(ROOT, 'docs', 'snippets', 'python', 'requirements.txt')
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:']
const PIP_INSTALL = [...PIP, '-r', REQUIREMENTS]

/** What another language's Avro library made of a record. */
export interface RoundTrip {
  /** The full name of the record. */
  readonly name: string
  /** Its fields, as the other library read them; bytes are `{"base64": …}`. */
  readonly record: unknown
  /** The record as that library writes it again, in base64. */
  readonly value: string
}

/** A program that reads records with another language's Avro library. */
export interface OtherLanguage {
  readonly name: string
  roundTrip(values: readonly Buffer[]): Promise<RoundTrip[]>
}

/**
 * The first language that this machine has, or the one that OTHER_LANGUAGE names.
 * @throws Error with what is missing.
 */
export async function otherLanguage(wanted = process.env.OTHER_LANGUAGE): Promise<OtherLanguage> {
  const missing: string[] = []
  for (const [name, find] of Object.entries({ python, java })) {
    if (wanted && wanted !== name) continue
    try {
      return await find()
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  throw new Error(`neither Python 3.9 with pip nor Java 17 with Maven is here:\n${missing.join('\n')}`)
}

async function python(): Promise<OtherLanguage> {
  return program("Python's fastavro", await pythonForSnippets(), [join(HERE, 'round_trip.py')])
}

/** A Python with what the snippets of the documentation import, in a virtual environment that is made once. */
export async function pythonForSnippets(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const folder = await onceIn(`python-${hash}`, async (part) => {
    const python = join(part, 'bin', 'python')
    // An environment with a pip of its own takes more time than what is installed by it.
    await run('python3', ['-m', 'venv', '--without-pip', part])
    const packages = await run(python, ['-c', "import sysconfig; print(sysconfig.get_path('purelib'), end='')"])
    await run('python3', [...PIP_INSTALL, '--no-compile', '--target', packages]).catch(async () => {
      await run('python3', ['-m', 'venv', '--clear', part])
      await run(python, PIP_INSTALL)
    })
  })
  return join(folder, 'bin', 'python')
}

/** Java's Avro, fetched once by Maven. */
async function java(): Promise<OtherLanguage> {
  const found = await findJava()
  if ('missing' in found) throw new Error(found.missing)
  const pom = join(HERE, 'avro.xml')
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const jars = await onceIn(`avro-${hash}`, async (part) => {
    await run('mvn', ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${part}`])
  })
  const avro = join(ROOT, 'packages', 'schemas', 'avro')
  return program("Java's Avro", found.java, ['-cp', join(jars, '*'), join(HERE, 'RoundTrip.java'), avro])
}

function program(name: string, command: string, args: readonly string[]): OtherLanguage {
  return {
    name,
    roundTrip: async (values) => {
      const lines = values.map((value) => `${JSON.stringify({ value: value.toString('base64') })}\n`)
      const answers = (await run(command, args, lines.join(''))).trimEnd().split('\n')
      return answers.map((line): RoundTrip => JSON.parse(line))
    },
  }
}

/** A folder below .local/, filled once and by one process: whole or not at all. */
export async function onceIn(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(ROOT, '.local', name)
  if (existsSync(folder)) return folder
  await withFolderLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return
    const part = `${folder}.${randomUUID()}`
    try {
      await fill(part)
      renameSync(part, folder)
    } finally {
      rmSync(part, { recursive: true, force: true })
    }
  })
  return folder
}

/** @returns its standard output. @throws Error with its words when it fails. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe' })
    const out: Buffer[] = []
    const words: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString())
      else
        reject(
          new Error(
            `${command} ended with ${code}: ${Buffer.concat([...out, ...words])
              .toString()
              .trim()
              .slice(0, 1000)}`,
          ),
        )
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
