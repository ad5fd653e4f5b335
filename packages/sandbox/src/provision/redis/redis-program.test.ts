import { describe, expect, it } from 'vitest'
import { isRecentRedis, redisEntry } from './redis-program.ts'

describe('a redis-server on the PATH', () => {
  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=d81b8ff71cfb150e', true],
    ['Redis server v=6.2.0 sha=00000000:0 malloc=libc bits=64 build=1', true],
    ['Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=a3fdef44459b3ad6', false],
    ['Redis server v=5.0.14 sha=00000000:0 malloc=libc bits=64 build=1', false],
    ['Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1', true],
    ['command not found', false],
  ])('that says %j is recent enough: %s', (said, recent) => {
    expect(isRecentRedis(said)).toBe(recent)
  })
})

describe('the redis-server that Maven fetches', () => {
  it.each([
    ['linux', 'x64', 'redis-server-7.0.15-linux-amd64'],
    ['linux', 'arm64', 'redis-server-7.0.15-linux-arm64'],
    ['darwin', 'arm64', 'redis-server-7.0.15-darwin-arm64'],
    ['win32', 'x64', undefined],
    ['linux', 'riscv64', undefined],
  ])('for %s %s is %s', (platform, arch, entry) => {
    expect(redisEntry(platform, arch)).toBe(entry)
  })
})
