import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { escapeUnprintable } from '@payout/mapi/text/printable-text'

/** The end of a log is looked for in so many bytes. */
const TAIL_BYTES = 16 * 1024

/** Node's own part of a stack says nothing about what went wrong, and would crowd out what does. */
const NODES_OWN_FRAME = /^\s+at .*\(?node:internal\//

/**
 * The last lines of a log file, readable for a person, each one line and printable whatever stands in it; empty when
 * there is no such file.
 */
export function logTail(file: string, lines: number): string[] {
  return readEnd(file)
    .split('\n')
    .filter((line) => line.trim() !== '' && !NODES_OWN_FRAME.test(line))
    .slice(-lines)
    .map((line) => escapeUnprintable(readableLogLine(line)))
}

function readEnd(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(descriptor)
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    const text = buffer.toString()
    // The first line of a part is a piece of one.
    return size > buffer.length ? text.slice(text.indexOf('\n') + 1) : text
  } finally {
    closeSync(descriptor)
  }
}

/** One line of a service's log: time, level, message and the error's own message; what is no JSON stays as it is. */
export function readableLogLine(line: string): string {
  const entry = parseEntry(line)
  if (entry === undefined || typeof entry.msg !== 'string') return line
  const time = typeof entry.time === 'string' ? entry.time.slice(11, 23) : ''
  const level = typeof entry.level === 'string' ? entry.level.toUpperCase() : ''
  const reason = errorOf(entry.err)
  return [time, level, entry.msg, reason].filter((part) => part !== '').join(' ')
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function errorOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return ''
  const code = 'code' in error ? ` [${String(error.code)}]` : ''
  return `(${String(error.message)}${code})`
}
