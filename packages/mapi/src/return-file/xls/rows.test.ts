import { Worker } from 'node:worker_threads'
import { utils, write } from '@e965/xlsx'
import { describe, expect, it, vi } from 'vitest'
import { RETURN_FILE_LIMITS } from '../limits.ts'
import { sharedTexts, textCell, workbookOf } from '../testing/biff.ts'
import { type XlsMessage, xlsRows } from './rows.ts'

function workbook(rows: number, text = 'x'): Buffer<ArrayBuffer> {
  const book = utils.book_new()
  const lines = Array.from({ length: rows }, (_, at) => [`${text}${at}`, at])
  utils.book_append_sheet(book, utils.aoa_to_sheet(lines))
  const written: Uint8Array = write(book, { type: 'buffer', bookType: 'biff8' })
  const bytes = Buffer.from(new ArrayBuffer(written.length))
  bytes.set(written)
  return bytes
}

async function all(messages: AsyncIterable<XlsMessage>): Promise<XlsMessage[]> {
  const found: XlsMessage[] = []
  for await (const message of messages) found.push(message)
  return found
}

describe('rows of a workbook', () => {
  it('RFD-3: come portion by portion, in order, as they are asked for', async () => {
    const messages = await all(xlsRows(workbook(4500), RETURN_FILE_LIMITS))
    expect(messages.map(({ kind }) => kind)).toEqual(['workbook', 'sheet', 'rows', 'rows', 'rows', 'rows', 'rows'])
    const rows = messages.flatMap((message) => (message.kind === 'rows' ? message.rows : []))
    expect(rows).toEqual(Array.from({ length: 4500 }, (_, at) => [`x${at}`, at]))
  })

  it('RFD-3: past the limit of time the workbook is refused', async () => {
    const limits = { ...RETURN_FILE_LIMITS, xlsMilliseconds: 1 }
    await expect(all(xlsRows(workbook(10), limits))).rejects.toMatchObject({ code: 'XLS_UNREADABLE' })
  })

  it('RFD-3: past the limit of memory the workbook is refused, and this process goes on', async () => {
    const texts = Array.from({ length: 3000 }, (_, at) => String(at).padEnd(1000, 'x'))
    const read = (xlsHeapMib: number) =>
      all(
        xlsRows(workbookOf([sharedTexts(texts.flatMap((text) => [text, text]))], []), {
          ...RETURN_FILE_LIMITS,
          xlsHeapMib,
        }),
      )
    await expect(read(9)).rejects.toMatchObject({ code: 'XLS_UNREADABLE' })
    expect(await read(64)).toContainEqual({ kind: 'sheet' })
  })

  it('RFD-3: a small file whose cells all name one long text is refused', async () => {
    const cells = Array.from({ length: 65_536 }, (_, row) =>
      [0, 1, 2, 3].map((column) => textCell(row, column, 0)),
    ).flat()
    const bytes = workbookOf([sharedTexts(['x'.repeat(4000), 'y'.repeat(4000)])], cells)
    let characters = 0
    for await (const message of xlsRows(bytes, RETURN_FILE_LIMITS)) {
      if (message.kind !== 'rows') continue
      const portion = message.rows.flat().reduce<number>((sum, cell) => sum + String(cell).length, 0)
      expect(portion).toBeLessThan(2 * 1024 * 1024)
      characters += portion
      if (characters > 50 * 1024 * 1024) break
    }
    const wide = Array.from({ length: 200 }, (_, column) => textCell(0, column, 0))
    const refused = all(xlsRows(workbookOf([sharedTexts(['x'.repeat(4000)])], wide), RETURN_FILE_LIMITS))
    await expect(refused).rejects.toMatchObject({ code: 'XLS_UNREADABLE' })
  })

  it('RFD-3: more sheets than a workbook has are refused', async () => {
    const sheets = Array.from({ length: 256 }, () => [textCell(0, 0, 0)])
    const texts = sharedTexts(['a'])
    await expect(all(xlsRows(workbookOf([texts], ...sheets), RETURN_FILE_LIMITS))).rejects.toMatchObject({
      code: 'XLS_UNREADABLE',
    })
    expect(await all(xlsRows(workbookOf([texts], ...sheets.slice(1)), RETURN_FILE_LIMITS))).toHaveLength(1 + 2 * 255)
  })

  it('RFD-3: what was read and not asked for is one portion', async () => {
    const emit = vi.spyOn(Worker.prototype, 'emit')
    const told = () => emit.mock.calls.filter(([name]) => name === 'message').length
    let asked = 0
    for await (const _ of xlsRows(workbook(4500), RETURN_FILE_LIMITS)) {
      asked += 1
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect(told()).toBe(asked)
    }
    emit.mockRestore()
  })

  it('RFD-3: a reader that stops early leaves no thread behind', async () => {
    const terminate = vi.spyOn(Worker.prototype, 'terminate')
    for await (const message of xlsRows(workbook(4500), RETURN_FILE_LIMITS)) if (message.kind === 'rows') break
    expect(terminate).toHaveBeenCalledOnce()
    terminate.mockRestore()
  })
})
