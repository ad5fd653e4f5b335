import { paragraph } from './speech.ts'

/** Tells a person what is going on while something takes long. */
export interface Progress {
  /** What is being done now. */
  step(text: string): void
  /** The step is over, with what came of it. */
  done(text: string): void
  /** The step has failed. */
  fail(text: string): void
  /** Nothing more is shown; the line that moves is gone. */
  stop(): void
}

/** Without a terminal a step that changes all the time is written at most this often. */
const PLAIN_INTERVAL_MS = 2_000

/** A spinner on a terminal, else plain lines. Written to standard error, so that standard output holds results only. */
export async function progress(stream: NodeJS.WriteStream = process.stderr): Promise<Progress> {
  // A terminal that does not know its width is no place to draw in.
  return stream.isTTY && stream.columns > 0 ? spinner(stream) : plainLines(stream)
}

async function spinner(stream: NodeJS.WriteStream): Promise<Progress> {
  const { default: ora } = await import('ora')
  // discardStdin would take Ctrl-C away from the terminal.
  const line = ora({ stream, discardStdin: false })
  return {
    step: (text) => {
      line.text = String(paragraph(text))
      if (!line.isSpinning) line.start()
    },
    done: (text) => void line.succeed(String(paragraph(text))),
    fail: (text) => void line.fail(String(paragraph(text))),
    stop: () => void line.stop(),
  }
}

function plainLines(stream: NodeJS.WriteStream): Progress {
  let last = ''
  let writtenAt = Number.NEGATIVE_INFINITY
  const write = (text: string) => {
    last = text
    writtenAt = performance.now()
    stream.write(`${paragraph(text)}\n`)
  }
  return {
    step: (text) => {
      // The numbers of a step change, its first word stays: another step is written at once.
      const isSameStep = text.split(' ')[0] === last.split(' ')[0]
      if (text !== last && (!isSameStep || performance.now() - writtenAt >= PLAIN_INTERVAL_MS)) write(text)
    },
    done: write,
    fail: write,
    stop: () => undefined,
  }
}
