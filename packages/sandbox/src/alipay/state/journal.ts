import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

/**
 * An append-only file of JSON lines that survives a killed process: a record is with the operating system before
 * `append` returns. A torn last line (killed in the middle of a write) is cut off at the next start: whoever asked for
 * it has had no answer.
 */
export class Journal<T> {
  readonly #file: number

  private constructor(file: number) {
    this.#file = file
  }

  /**
   * Opens the file, or makes it with mode 0600, and reads what it holds.
   *
   * @param path where the file is
   * @param replay called for each record, in the order they were written
   * @throws SyntaxError when a complete line is not JSON: the file is not ours
   */
  static open<T>(path: string, replay: (record: T) => void): Journal<T> {
    const file = openSync(path, 'a+', 0o600)
    const text = readFileSync(path)
    const end = text.lastIndexOf('\n') + 1
    if (end < text.length) ftruncateSync(file, end)
    for (const line of text.toString('utf8', 0, end).split('\n')) if (line !== '') replay(JSON.parse(line) as T)
    return new Journal<T>(file)
  }

  append(record: T): void {
    writeSync(this.#file, `${JSON.stringify(record)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}
