import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { cpuTimeOf } from './cpu-time.ts'

it('counts what a child took that has ended, as its own parent is told it', () => {
  const before = cpuTimeOf(process.pid)
  const child = spawnSync('sh', ['-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; times'], {
    encoding: 'utf8',
  })
  const after = cpuTimeOf(process.pid)
  if (!existsSync('/proc')) {
    expect([before, after]).toEqual([undefined, undefined])
    return
  }
  // The shell's own word on itself: `0m0.210s 0m0.004s`.
  const [, minutes = '', own = ''] = /^(\d+)m([\d.]+)s /m.exec(child.stdout) ?? []
  const childMs = (Number(minutes) * 60 + Number(own)) * 1_000
  expect(childMs).toBeGreaterThan(20)
  expect((after ?? 0) - (before ?? 0)).toBeGreaterThanOrEqual(Math.floor(childMs / 10) * 10 - 10)
})
