import { createHash } from 'node:crypto'
import { BATCH_TRANS_NOTIFY_NO_PWD, batchTransParameters } from '@payout/mapi/interfaces/batch-trans-notify-no-pwd'
import type { DetailLine } from '@payout/mapi/interfaces/detail-data'
import { buildRequest } from '@payout/mapi/interfaces/signed-request'
import { type BatchNo, laneOf, makeBatchNo } from '@payout/mapi/values/batch-no'
import { chinaDate, type PayDate, payDate } from '@payout/mapi/values/china-time'
import type { Fen } from '@payout/mapi/values/fen'
import type { Clock } from '@payout/runtime/clock'
import type { OutgoingRecord } from '@payout/runtime/event-log/port'
import type { Partner, PayingAccount } from '@payout/runtime/partners/partners'
import { cloudEventHeaders, eventType } from '@payout/schemas/cloud-event'
import type { Codec } from '@payout/schemas/codec'
import type {
  GatewayCoordinates,
  GatewayPayer,
  GatewayRequest,
  GatewayRequestLine,
  GatewayToSign,
} from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { KIB } from '@payout/schemas/units'
import { SigningKeyMissingError } from '../errors.ts'
import type { Batch } from './batch.ts'

/** The topic's limit, less room for key and headers. */
const MAX_VALUE_BYTES = topics['gateway.requests'].maxMessageBytes - 16 * KIB

/** Makes signed requests: what egress sends byte for byte. Holds the keys; talks to nobody. */
export class RequestSigner {
  readonly #codec: Codec
  readonly #clock: Clock
  readonly #lanes: number
  readonly #source: string

  constructor(options: { codec: Codec; clock: Clock; lanes: number; source: string }) {
    this.#codec = options.codec
    this.#clock = options.clock
    this.#lanes = options.lanes
    this.#source = options.source
  }

  /**
   * Signs a new batch. Its number comes from its content, so that even a process that has forgotten everything gives
   * the same lines of the same day the same number (S4).
   * @returns the record for `gateway.requests`; undefined when it would be larger than the topic takes.
   */
  sign(batch: Batch): OutgoingRecord | undefined {
    const [{ partner, account }] = batch.payables
    const claimedAt = Date.now()
    const lines: GatewayRequestLine[] = batch.payables.map(({ instruction, line }) => ({
      payoutId: instruction.payoutId,
      serial: line.serial,
      payeeAccount: line.account,
      payeeName: line.name,
      amountFen: line.amount,
      memo: line.memo,
      contentHash: instruction.contentHash,
      source: instruction.coordinates,
      claimedAt,
    }))
    const today = chinaDate(this.#clock.now())
    const digest = createHash('sha256')
      .update(JSON.stringify(['batch', 1, partner.alias, account.id, lines.map(contentOf)]))
      .digest()
    const lane = digest.readUInt32BE(28) % this.#lanes
    return this.#record(partner, {
      batchNo: makeBatchNo({ payDate: today, lane, digest }),
      payDate: today,
      signing: 1,
      payer: payerOf(account),
      lines,
      cause: null,
      resubmission: false,
      traceparent: batch.payables.length === 1 ? batch.payables[0].instruction.traceparent : undefined,
    })
  }

  /**
   * The day for which something is signed again: today, or the first day that egress allows, whichever is later
   * (BTN-5). The clocks of two machines may stand on two sides of midnight.
   */
  dayOf({ notBefore }: Pick<GatewayToSign, 'notBefore'>): PayDate {
    const today = chinaDate(this.#clock.now())
    const first = payDate(notBefore)
    return today > first ? today : first
  }

  /**
   * Signs a batch again, or a line that a person sends again, under the number that the record names, for the day of
   * `dayOf`.
   * @returns as `sign` does.
   */
  signAgain(
    partner: Partner,
    toSign: GatewayToSign,
    batchNo: BatchNo,
    cause: GatewayCoordinates,
  ): OutgoingRecord | undefined {
    return this.#record(partner, {
      batchNo,
      payDate: this.dayOf(toSign),
      signing: toSign.signing,
      payer: toSign.payer,
      lines: toSign.lines,
      cause,
      resubmission: toSign.resubmission,
      traceparent: undefined,
    })
  }

  /**
   * Signs some lines of a batch that can't be signed again as a whole. Their number comes from their content and from
   * the batch's number, and stays in the batch's lane.
   * @returns as `sign` does.
   */
  signPart(
    partner: Partner,
    toSign: GatewayToSign,
    batchNo: BatchNo,
    lines: readonly GatewayRequestLine[],
    cause: GatewayCoordinates,
  ): OutgoingRecord | undefined {
    const digest = createHash('sha256')
      .update(JSON.stringify(['part', 1, partner.alias, batchNo, lines.map(contentOf)]))
      .digest()
    const number = makeBatchNo({ payDate: payDate(toSign.notBefore), lane: laneOf(batchNo, this.#lanes), digest })
    return this.signAgain(partner, { ...toSign, lines, signing: 1 }, number, cause)
  }

  #record(partner: Partner, batch: UnsignedBatch): OutgoingRecord | undefined {
    if (!partner.signingKey) throw new SigningKeyMissingError(partner.alias)
    const { batchNo, payer, lines } = batch
    const { body } = buildRequest(
      BATCH_TRANS_NOTIFY_NO_PWD,
      batchTransParameters({
        partner: partner.partnerId,
        charset: partner.charset,
        notifyUrl: partner.notifyUrl,
        accountName: payer.accountName,
        lines: lines.map(detailLine),
        batchNo,
        payDate: batch.payDate,
        ...(payer.email === null ? {} : { email: payer.email }),
        ...(payer.buyerAccountName === null ? {} : { buyerAccountName: payer.buyerAccountName }),
        ...(partner.extendParam ? { extendParam: extendParam(partner.extendParam) } : {}),
      }),
      partner.signingKey,
    )
    const signedAt = this.#clock.now()
    const request: GatewayRequest = {
      partner: partner.alias,
      service: BATCH_TRANS_NOTIFY_NO_PWD.service,
      batchNo,
      payDate: batch.payDate,
      signing: batch.signing,
      charset: partner.charset,
      body: Buffer.from(body, 'latin1'),
      payer,
      lines,
      signedAt,
      cause: batch.cause,
      resubmission: batch.resubmission,
    }
    const value = this.#codec.encode('gateway.GatewayRequest', request)
    if (value.length > MAX_VALUE_BYTES) return undefined
    const subject = `${partner.alias}/${batchNo}`
    return {
      topic: 'gateway.requests',
      partition: laneOf(batchNo, this.#lanes),
      key: subject,
      value,
      headers: cloudEventHeaders({
        id: `${subject}/${batch.signing}`,
        type: eventType('gateway.GatewayRequest'),
        source: this.#source,
        subject,
        time: signedAt,
        traceparent: batch.traceparent,
      }),
    }
  }
}

interface UnsignedBatch {
  readonly batchNo: BatchNo
  readonly payDate: PayDate
  readonly signing: number
  readonly payer: GatewayPayer
  readonly lines: readonly GatewayRequestLine[]
  readonly cause: GatewayCoordinates | null
  readonly resubmission: boolean
  readonly traceparent: string | undefined
}

/** A line of a request as it goes to Alipay. */
export function detailLine({ serial, payeeAccount, payeeName, amountFen, memo }: GatewayRequestLine): DetailLine {
  return { serial, account: payeeAccount, name: payeeName, amount: amountFen as Fen, memo }
}

function payerOf(account: PayingAccount): GatewayPayer {
  return { accountName: account.name, email: account.email ?? null, buyerAccountName: account.buyerAccountName ?? null }
}

/** `name^value|name^value`, as the partners file has it. */
function extendParam(text: string): [string, string][] {
  return text.split('|').map((pair) => {
    const [name = '', value = ''] = pair.split('^')
    return [name, value]
  })
}

function contentOf({ serial, payeeAccount, payeeName, amountFen, memo }: GatewayRequestLine): unknown[] {
  return [serial, payeeAccount, payeeName, amountFen, memo]
}
