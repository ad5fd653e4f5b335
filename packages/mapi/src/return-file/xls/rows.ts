import { on } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { ReturnFileLimits } from '../limits.ts'
import { ReturnFileRefusal } from '../refusal.ts'
import type { Cell } from '../table.ts'
import { isCompoundFile } from './compound-file.ts'

/** What the thread that reads a workbook says, in this order; `sheet` before the rows of each. */
export type XlsMessage =
  /** Days are counted from 1904 in place of 1900. */
  | { readonly kind: 'workbook'; readonly date1904: boolean }
  | { readonly kind: 'sheet' }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'end' }

/**
 * The rows of a workbook, over all its sheets in order. Read in a thread of its own, so that a file that was made to
 * hang it, or to take all memory, ends that thread and nothing else.
 * @param bytes of the whole file, which are handed over: they are gone here afterwards
 * @throws ReturnFileRefusal XLS_UNREADABLE, also past the limits of heap and time
 */
export async function* xlsRows(
  bytes: Buffer<ArrayBuffer>,
  limits: ReturnFileLimits,
): AsyncGenerator<XlsMessage, void, undefined> {
  if (!isCompoundFile(bytes)) {
    throw new ReturnFileRefusal('XLS_UNREADABLE', 'it is no workbook of Excel 97 to 2003')
  }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: bytes,
    transferList: [bytes.buffer],
    resourceLimits: { maxOldGenerationSizeMb: limits.xlsHeapMib, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
    env: {},
    execArgv: [],
    argv: [],
    stdout: true,
    stderr: true,
  })
  // What it might say there has no place in a log: it may hold a payee's name.
  worker.stdout.resume()
  worker.stderr.resume()
  const signal = AbortSignal.timeout(limits.xlsMilliseconds)
  try {
    for await (const [message] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[XlsMessage]>) {
      if (message.kind === 'end') return
      yield message
      worker.postMessage('next')
    }
    throw new Error('the thread ended before the workbook did')
  } catch {
    throw new ReturnFileRefusal('XLS_UNREADABLE')
  } finally {
    await worker.terminate()
  }
}
