import { ENTITY_ANSWER, type GatewayAnswer, htmlAnswer } from './answer.ts'
import type { Fault } from './fault.ts'
import type { SandboxSettings } from './sandbox-settings.ts'

/** An answer and how much of it gets to the caller. */
export interface GatewayReply {
  readonly answer: GatewayAnswer
  /**
   * `half`: ended properly after the first half; `cut`: reset after it; `reset`: nothing; `hang`: nothing, and no end.
   */
  readonly delivery: 'whole' | 'half' | 'cut' | 'reset' | 'hang'
  readonly delayMs: number
}

const SLOW_MS = 2_000

export function wholeReply(answer: GatewayAnswer, delayMs: number): GatewayReply {
  return { answer, delivery: 'whole', delayMs }
}

/**
 * What becomes of an answer on its way.
 *
 * @param refusal how the service that was called refuses with a code
 */
export function replyWith(
  answer: GatewayAnswer,
  fault: Fault | undefined,
  settings: SandboxSettings,
  refusal: (code: string) => GatewayAnswer,
): GatewayReply {
  const { answerDelayMs: delayMs, faults } = settings
  switch (fault) {
    case undefined:
      return wholeReply(answer, delayMs)
    case 'slow':
      return wholeReply(answer, delayMs + (faults.slowMs ?? SLOW_MS))
    case 'request-lost':
    case 'answer-lost':
      return { answer, delivery: 'reset', delayMs }
    case 'half-xml':
      return { answer, delivery: 'half', delayMs }
    case 'cut-answer':
      return { answer, delivery: 'cut', delayMs }
    case 'hang':
      return { answer, delivery: 'hang', delayMs }
    case 'server-error':
    case 'late-server-error':
      return wholeReply(htmlAnswer(502), delayMs)
    case 'html':
      return wholeReply(htmlAnswer(200), delayMs)
    case 'empty':
      return wholeReply({ ...answer, body: Buffer.alloc(0) }, delayMs)
    case 'system-error':
    case 'late-system-error':
      return wholeReply(refusal('SYSTEM_ERROR'), delayMs)
    case 'unknown-code':
      return wholeReply(refusal('SOMETHING_NEW'), delayMs)
    case 'entities':
      return wholeReply(ENTITY_ANSWER, delayMs)
  }
}
