import { createServer, type Socket } from 'node:net'
import type { StateStore } from '@payout/runtime/redis/port'
import type { RedisProvision } from '@payout/sandbox/provision/redis/redis-provision'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { at, RedisServers, replicate, replicated } from './redis-servers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const servers = new RedisServers()
const BACK = { timeout: 15_000 }
let server: RedisProvision
let stateStore: StateStore

beforeEach(async () => {
  server = await servers.start()
  stateStore = servers.stateStore(server, { commandTimeoutMs: 300 })
  await rebuilt()
})
afterAll(() => servers.close())

function claim(key = 'acme/p1') {
  return stateStore.claims.claim('payout', 'signer', [{ key, contentHash: 'x', coordinates: at() }])
}

/** What a claim comes to, in one word. */
async function word(key?: string): Promise<string> {
  try {
    return (await claim(key))[0]?.kind ?? 'nothing'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

/**
 * A limit that is short enough to be waited for may be too short once, on a busy machine: a rebuild is begun again
 * then.
 */
async function rebuilt(): Promise<void> {
  const begun = async () => {
    try {
      await (await stateStore.rebuild.begin()).finish()
      return 'rebuilt'
    } catch (error) {
      return String(error)
    }
  }
  await expect.poll(begun, BACK).toBe('rebuilt')
}

describe('a Redis that stands still (S7.1)', () => {
  it('makes each call fail within its time limit, and is used again once it goes on', async () => {
    expect(await word('acme/before')).toBe('acquired')
    expect(stateStore.healthy).toBe(true)
    await server.pause()
    expect(await Promise.all([word(), word(), stateStore.rebuild.trust().catch((error: Error) => error.name)])).toEqual(
      ['REDIS_UNAVAILABLE', 'REDIS_UNAVAILABLE', 'RedisUnavailableError'],
    )
    expect(stateStore.healthy).toBe(false)
    expect(await word()).toBe('REDIS_UNAVAILABLE')
    await server.resume()
    await expect.poll(() => word('acme/before'), BACK).toBe('reentrant')
    // Nobody need make a call for it to be found healthy again.
    await expect.poll(() => stateStore.healthy, BACK).toBe(true)
  })

  it('is found healthy again without a call', async () => {
    await server.pause()
    expect(await word()).toBe('REDIS_UNAVAILABLE')
    await server.resume()
    await expect.poll(() => stateStore.healthy, BACK).toBe(true)
  })
})

describe('a Redis that is killed', () => {
  it('makes each call fail, what is under way too, and is used again once it is back', async () => {
    expect(await word('acme/before')).toBe('acquired')
    await server.pause()
    const underWay = word()
    await server.kill()
    expect(await underWay).toBe('REDIS_UNAVAILABLE')
    expect(await word()).toBe('REDIS_UNAVAILABLE')
    expect(stateStore.healthy).toBe(false)
    await server.start()
    await expect.poll(() => word(), BACK).toBe('REDIS_NOT_TRUSTED')
    await rebuilt()
    expect(await word('acme/before')).toBe('reentrant')
    expect(stateStore.healthy).toBe(true)
  })

  it('is sent nothing later of what was given up while it was away', async () => {
    await server.kill()
    await expect(stateStore.storedNotifies.add('given-up')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await server.start()
    await expect.poll(() => stateStore.storedNotifies.has('other').catch(() => 'away'), BACK).toBe(false)
    expect(await stateStore.storedNotifies.has('given-up')).toBe(false)
  })

  it('is sent nothing a second time of what was under way', async () => {
    const patient = servers.stateStore(server, { commandTimeoutMs: 20_000 })
    expect(await patient.usedForms.use('before', 60_000)).toBe(true)
    await server.pause()
    const underWay = patient.usedForms.use('under-way', 60_000)
    const rejected = expect(underWay).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await server.kill()
    await server.start()
    await rejected
    // Another process's mark: its own it would find again.
    expect(await servers.stateStore(server).usedForms.use('under-way', 60_000)).toBe(true)
  })

  it('is waited for within the time limit of a call', async () => {
    const patient = servers.stateStore(server, { commandTimeoutMs: 20_000 })
    expect(await patient.rebuild.trust()).toBe('no-marker')
    await server.kill()
    // It may meet the closing connection before that is noticed; the next one waits for sure.
    const waiting = patient.rebuild.trust().catch(() => undefined)
    await server.start()
    expect((await waiting) ?? (await patient.rebuild.trust())).toBe('no-marker')
  })

  it('may be away when a service starts', async () => {
    await server.kill()
    const late = servers.stateStore(server, { commandTimeoutMs: 300 })
    await expect(late.rebuild.trust()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    await server.start()
    await expect.poll(() => late.rebuild.trust().catch(() => 'away'), BACK).toBe('no-marker')
  })
})

describe('a Redis that refuses', () => {
  it('is unavailable while it is full, and stores nothing', async () => {
    const redis = servers.connection(server)
    await redis.command('CONFIG', 'SET', 'maxmemory', 1)
    await expect(claim()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', message: expect.stringContaining('OOM') })
    await redis.command('CONFIG', 'SET', 'maxmemory', 0)
    expect(await word()).toBe('acquired')
  })

  it('is unavailable while it is a replica; the state store finds it again when it is none any more', async () => {
    const other = await servers.start()
    const redis = servers.connection(server)
    await replicate(servers.connection(other), redis)
    expect(await word()).toBe('REDIS_UNAVAILABLE')
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await expect.poll(() => word(), BACK).toBe('REDIS_NOT_TRUSTED')
  })

  it('is unavailable without the right password, and is not told by name in the error', async () => {
    await servers.connection(server).command('CONFIG', 'SET', 'requirepass', 'right-password')
    const { host } = new URL(server.url)
    const wrong = servers.stateStore({ url: `redis://:wrong-password@${host}` }, { commandTimeoutMs: 300 })
    const error = await wrong.rebuild.trust().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'REDIS_UNAVAILABLE', message: expect.stringContaining('WRONGPASS') })
    expect(String(error)).not.toContain('wrong-password')
    const right = servers.stateStore(server, { password: 'right-password' })
    expect(await right.rebuild.trust()).toBe('no-marker')
  })
})

describe('a state store that is closed', () => {
  it('refuses calls', async () => {
    await stateStore.close()
    await stateStore.close()
    expect(await word()).toBe('REDIS_UNAVAILABLE')
    expect(stateStore.healthy).toBe(false)
  })
})

describe('a group with Sentinel', () => {
  let second: RedisProvision
  let sentinel: Awaited<ReturnType<typeof standInSentinel>>

  /** The state store's data is on both servers; it is used through Sentinel. */
  beforeEach(async () => {
    second = await servers.start()
    sentinel = await standInSentinel(server.url)
    const group = { sentinels: [{ host: '127.0.0.1', port: sentinel.port }], sentinelName: 'payouts' }
    const [primary, replica] = [servers.connection(server), servers.connection(second)]
    await replicate(primary, replica)
    stateStore = await servers.trusted(group, { commandTimeoutMs: 1000 })
    expect(await word()).toBe('acquired')
    await replicated(primary)
    await replica.command('REPLICAOF', 'NO', 'ONE')
  })
  afterEach(() => sentinel.close())

  async function followed(): Promise<void> {
    await expect.poll(() => word(), BACK).toBe('REDIS_NOT_TRUSTED')
    await rebuilt()
    expect(await word()).toBe('reentrant')
  }

  it('is followed when Sentinel says so, though the old primary still answers', async () => {
    await sentinel.switchTo(second.url, 'announced')
    await followed()
  })

  it('is followed when the old primary stands still', async () => {
    await server.pause()
    await sentinel.switchTo(second.url, 'silent')
    await followed()
    await server.resume()
  })

  it('is followed when the old primary has become a replica', async () => {
    await sentinel.switchTo(second.url, 'silent')
    await replicate(servers.connection(second), servers.connection(server))
    await followed()
  })
})

/** Says which server is the primary, and tells its subscribers of a change, as Sentinel's documentation lays down. */
async function standInSentinel(
  url: string,
): Promise<{ port: number; switchTo(url: string, how: 'announced' | 'silent'): Promise<void>; close(): void }> {
  let primary = new URL(url)
  const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
  const array = (...texts: string[]) => `*${texts.length}\r\n${texts.map(bulk).join('')}`
  let subscribers = 0
  const sockets = new Set<Socket>()
  const answer = (words: string[]): string => {
    if (words[0] === 'SUBSCRIBE') subscribers++
    if (words[0] === 'SUBSCRIBE') return `*3\r\n${bulk('subscribe')}${bulk(words[1] ?? '')}:1\r\n`
    if (words[1] === 'GET-MASTER-ADDR-BY-NAME') return array(primary.hostname, primary.port)
    if (words[1] === 'SENTINELS') return array()
    return '+OK\r\n'
  }
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      for (const command of bytes.toString().split(/(?=\*\d+\r\n)/)) {
        const words = command.split('\r\n').filter((part) => part !== '' && !/^[*$]\d+$/.test(part))
        socket.write(answer(words.slice(0, 2).map((word) => word.toUpperCase())))
      }
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    switchTo: async (url, how) => {
      const old = primary
      primary = new URL(url)
      if (how === 'silent') return
      await expect.poll(() => subscribers, BACK).toBeGreaterThan(0)
      const news = `payouts ${old.hostname} ${old.port} ${primary.hostname} ${primary.port}`
      for (const socket of sockets) socket.write(array('message', '+switch-master', news))
    },
    close: () => {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
