import { type AgreementCommand, agreementCommandRecord } from '@payout/cli/write/agreement-command'
import { publishCommand } from '@payout/cli/write/command-record'
import { returnFileCommandRecord } from '@payout/cli/write/return-file-command'
import { Codec } from '@payout/schemas/codec'
import type {
  PayoutBatchRequested,
  PayoutDecided,
  PayoutPayoutLine,
  PayoutRequested,
} from '@payout/schemas/generated/records'
import type { System } from '../system.ts'

const codec = new Codec()

/** A payout that is good in itself. */
export function payout(payoutId: string, content: Partial<PayoutRequested> = {}): PayoutRequested {
  return {
    payoutId,
    partner: 'shop-md5-utf8',
    payer: null,
    payeeAccount: 'ok@example.com',
    payeeName: '常炜',
    amountFen: 1_00,
    memo: '工资',
    requestedAt: null,
    ...content,
  }
}

/** A batch whose lines are good in themselves but for what the test changes in them. */
export function batch(
  partner: string,
  lines: readonly (Partial<PayoutPayoutLine> & { payoutId: string })[],
  payer: string | null = null,
): PayoutBatchRequested {
  const { payeeAccount, payeeName, amountFen, memo } = payout('')
  return {
    partner,
    payer,
    lines: lines.map((line) => ({ payeeAccount, payeeName, amountFen, memo, ...line })),
    requestedAt: null,
  }
}

/** Writes a command as upstream would: the key is the payout's id. */
export async function ask(system: System, ...payouts: PayoutRequested[]): Promise<void> {
  await Promise.all(
    payouts.map((value) => write(system, value.payoutId, codec.encode('payout.PayoutRequested', value))),
  )
}

/** Writes a command under a key of upstream's own choice. */
export async function askUnder(system: System, key: string, value: PayoutRequested): Promise<void> {
  await write(system, key, codec.encode('payout.PayoutRequested', value))
}

export async function askBatch(system: System, key: string, value: PayoutBatchRequested): Promise<void> {
  await write(system, key, codec.encode('payout.PayoutBatchRequested', value))
}

export async function decide(system: System, value: PayoutDecided): Promise<void> {
  await write(system, value.payoutId, codec.encode('payout.PayoutDecided', value))
}

/** What the tests do not say of a command about an agreement. */
const common = { partner: 'shop-md5-utf8', requestedAt: null }

/** A command that an agreement is signed. */
export function sign(commandId: string, email: string, partner = common.partner): AgreementCommand {
  return { name: 'agreement.AgreementSignRequested', value: { ...common, commandId, email, partner } }
}

/** A command to ask how an agreement stands. */
export function status(
  commandId: string,
  email: string,
  seenCode: string | null = null,
  partner = common.partner,
): AgreementCommand {
  return { name: 'agreement.AgreementStatusRequested', value: { ...common, commandId, email, seenCode, partner } }
}

/** A command that an agreement is cancelled that `sign_protocol_with_partner` made. */
export function unsign(commandId: string, userEmail: string, partner = common.partner): AgreementCommand {
  const account = { customerCode: null, typeCode: null, bizType: '10004', transAccountOut: null, userEmail }
  return { name: 'agreement.AgreementUnsignRequested', value: { ...common, ...account, commandId, partner } }
}

/** Writes a command about an agreement as upstream would. */
export async function askAgreement(system: System, command: AgreementCommand): Promise<void> {
  await publishCommand(system.log, codec, agreementCommandRecord(command))
}

/** Asks for a return file. @param date YYYYMMDD */
export async function askReturnFile(system: System, date: string, partner = common.partner): Promise<void> {
  await publishCommand(system.log, codec, returnFileCommandRecord({ ...common, partner, date }))
}

/** Writes bytes that may be no command at all. */
export async function write(
  system: System,
  key: string,
  value: Buffer,
  headers: Record<string, string> = {},
): Promise<void> {
  const partition = await system.log.partitionFor('payout.commands', key)
  await system.publisher.append({ topic: 'payout.commands', partition, key, value, headers })
}

/** A key whose commands stand in this partition. */
export async function keyOf({ log }: Pick<System, 'log'>, partition: number): Promise<string> {
  for (let n = 0; ; n++) {
    if ((await log.partitionFor('payout.commands', `key-${n}`)) === partition) return `key-${n}`
  }
}
