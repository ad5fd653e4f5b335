import { setTimeout as sleep } from 'node:timers/promises'
import { DEMO_PARTNERS } from '@payout/sandbox/alipay/partners/sandbox-partners'
import type { SeededChance } from '@payout/sandbox/alipay/seeded-chance'
import { askAgreement, sign, unsign } from '../system/actors/commands.ts'
import type { System } from '../system/system.ts'

/** One agreement of a crash test: it is signed, and then cancelled. */
export interface AgreementWalk {
  readonly partner: string
  readonly email: string
  readonly signId: string
  readonly unsignId: string
  /** When it begins, as a part of the time in which processes are killed. */
  readonly begins: number
  /** Commands are written twice, as by an upstream that did not hear the acknowledgement. */
  readonly twice: boolean
}

const LOOK_EVERY_MS = 100
/** A page that was used up by a visit that a kill cut off: the command is sent again, and makes the form again. */
const AGAIN_AFTER_MS = 2_000

/** What is asked for; the same seed asks for the same. */
export function agreementWalks(count: number, chance: SeededChance): AgreementWalk[] {
  return Array.from({ length: count }, (_, n) => {
    const partner = DEMO_PARTNERS[n % DEMO_PARTNERS.length]
    if (!partner) throw new RangeError('no partner')
    return {
      partner: partner.alias,
      email: `signer.${n}@example.com`,
      signId: `sign-${n}`,
      unsignId: `unsign-${n}`,
      begins: 0.7 * chance.fraction('agreement', n),
      twice: chance.happens(0.3, 'agreement-twice', n),
    }
  })
}

/**
 * Walks one agreement through: upstream's commands and the user's browser, both patient. Ends when the deadline is
 * past, whatever came of it.
 */
export async function walk(system: System, agreement: AgreementWalk, deadline: number): Promise<void> {
  const { signId, unsignId, partner, email, twice } = agreement
  const open = () => performance.now() < deadline
  const ended = (commandId: string, word: string) => system.events.ofCommand(commandId).includes(word)
  const ask = async (command: ReturnType<typeof sign>) => {
    for (let left = twice ? 2 : 1; left > 0 && open(); ) {
      await askAgreement(system, command).then(
        () => left--,
        () => sleep(200),
      )
    }
  }

  await ask(sign(signId, email, partner))
  await consent(system, agreement, () => open() && !ended(signId, 'signed'))
  await ask(unsign(unsignId, email, partner))
  while (open() && !ended(unsignId, 'unsigned')) await sleep(LOOK_EVERY_MS)
}

/** Opens each form that is made, until the user has consented; then waits for the pipeline to find out. */
async function consent(system: System, { signId, email, partner }: AgreementWalk, goOn: () => boolean): Promise<void> {
  const opened = new Set<string>()
  let consented = false
  let lastTry = performance.now()
  while (goOn()) {
    const url = system.events.agreements
      .flatMap((event) =>
        event.name === 'agreement.AgreementFormReady' && event.value.commandId === signId ? [event.value.url] : [],
      )
      .find((url) => !opened.has(url))
    if (!consented && url !== undefined) {
      opened.add(url)
      lastTry = performance.now()
      const { consent } = await system.gateway.control({ action: 'consent', formUrl: url })
      consented = consent?.outcome === 'signed'
    } else if (!consented && opened.size > 0 && performance.now() - lastTry > AGAIN_AFTER_MS) {
      lastTry = performance.now()
      await askAgreement(system, sign(signId, email, partner)).catch(() => undefined)
    }
    await sleep(LOOK_EVERY_MS)
  }
}
