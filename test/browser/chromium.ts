/** A real Chromium, as Debian packages it. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** One of them with Chinese letters, without which a screenshot shows boxes. */
const PACKAGES = ['chromium', 'fonts-wqy-zenhei']

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts one with an empty profile; `flags` are further ones. It is installed first where it is missing and that is possible. */
export function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  const executablePath = onPath('chromium') ?? install()
  return chromium.launch({ executablePath, headless: true, args: [...FLAGS, ...flags] })
}

function install(): string {
  const wanted = `the tests of the signing page need \`chromium\` on the PATH (Debian: apt-get install ${PACKAGES.join(' ')})`
  if (onPath('apt-get') === undefined) throw new Error(`${wanted}, and there is no apt-get to install it with`)
  if (process.getuid?.() !== 0) throw new Error(`${wanted}, and only root can install it`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const words of [['update'], ['install', '-y', '--no-install-recommends', ...PACKAGES]]) {
    try {
      execFileSync('apt-get', ['-qq', ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    } catch (cause) {
      throw new Error(`${wanted}; \`apt-get ${words.join(' ')}\` failed`, { cause })
    }
  }
  const installed = onPath('chromium')
  if (installed === undefined) throw new Error(`${wanted}; it was installed, and is not there`)
  return installed
}

function onPath(program: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
