/**
 * `npm run test:docker`: tests the provision by Docker where an engine answers, and says so where none does.
 * Exit code 0 in both cases, unless a test fails.
 */
import { spawnSync } from 'node:child_process'
import { findDockerEngine } from '@payout/sandbox/provision/docker/docker-engine'

const engine = await findDockerEngine()
if ('missing' in engine) {
  process.stdout.write(`test:docker: ${engine.missing}; the provision by Docker was not tested\n`)
  process.exit(0)
}
const result = spawnSync('vitest', ['run', '-c', 'test/docker/vitest.config.ts'], { stdio: 'inherit' })
if (result.error) process.stderr.write(`test:docker: vitest could not be started: ${result.error.message}\n`)
process.exit(result.status ?? 1)
