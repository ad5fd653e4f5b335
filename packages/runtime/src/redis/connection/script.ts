import { createHash } from 'node:crypto'

/** A Lua script, known to Redis by its SHA-1. */
export interface Script {
  readonly lua: string
  readonly sha1: string
}

/**
 * Every script begins here: `id` is the server's replication id, or the script ends. A replica carries its primary's
 * replication id, so the marker alone would not tell the two apart.
 *
 * `INFO` and `TIME` before a write need effects replication, which servers before 7.0 can be configured to be
 * without.
 */
const begin = `
if redis.replicate_commands then redis.replicate_commands() end
local replication = redis.call('INFO', 'replication')
if not string.find(replication, 'role:master', 1, true) then
  return redis.error_reply('NOTPRIMARY this server is a replica')
end
local id = string.match(replication, 'master_replid:(%x+)')
`

/** KEYS[1] is the marker: it must have been written under this server's replication id (S7.2). */
const trusted = `${begin}
local marker = redis.call('GET', KEYS[1])
if not marker then return redis.error_reply('NOTTRUSTED no-marker') end
if marker ~= id then return redis.error_reply('NOTTRUSTED other-replication-id') end
`

/** KEYS[1] is the rebuild's token: it must be ARGV[1], and that must end with this server's replication id (S7.4). */
const rebuilding = `${begin}
if redis.call('GET', KEYS[1]) ~= ARGV[1] or string.match(ARGV[1], '|(%x+)$') ~= id then
  return redis.error_reply('SUPERSEDED by another rebuild or server')
end
`

/** The server's time, UTC milliseconds, as a string: a Lua number of that size would be printed with an exponent. */
const milliseconds = `
local time = redis.call('TIME')
local now = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
`

const beginnings = { primary: begin, trusted, rebuilding }

/**
 * A script with the check it begins with; the body may use `id` and, where it asks for `now`, the server's time.
 * `primary` checks no more than that the server is no replica.
 */
export function script(check: keyof typeof beginnings, body: string, clock?: 'now'): Script {
  const lua = `${beginnings[check]}${clock ? milliseconds : ''}${body}`
  return { lua, sha1: createHash('sha1').update(lua).digest('hex') }
}
