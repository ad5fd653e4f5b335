// Generated from avro/*/*.avsc; after a change of those: npm run generate -w packages/schemas

/** What kind of thing it is; unknown is never written: an older reader finds it in place of a kind that came later. */
export type PayoutEvidenceKind = 'command' | 'answer' | 'notify' | 'decision' | 'due' | 'request' | 'unknown'

/** Where a record stands in the log. */
export interface PayoutCoordinates {
  /** The topic, without the namespace. */
  readonly topic: string
  /** The partition. */
  readonly partition: number
  /** The offset. */
  readonly offset: number
  /** Which line of a batch command, from 0; 0 for all else. */
  readonly line: number
  /** The record's own time stamp, UTC milliseconds. */
  readonly timestamp: number
}

/** What proves the event: the record that caused it, and the id of the thing itself. */
export interface PayoutEvidence {
  /** What kind of thing proves it. */
  readonly kind: PayoutEvidenceKind
  /** That thing's own id: the notify's notify_id; batch number and attempt of an answer or a due date; the command's topic, partition and offset. */
  readonly id: string
  /** Where the record stands that caused the event. */
  readonly source: PayoutCoordinates
}

/** The gateway took the batch with this payout. No outcome yet. */
export interface PayoutAccepted {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** The amount in fen. */
  readonly amountFen: number
}

/** One payee, one amount. */
export interface PayoutPayoutLine {
  /** Id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner for ever. */
  readonly payoutId: string
  /** The payee's Alipay account, an e-mail address or a mobile number; at most 100 characters, without ^ and |. */
  readonly payeeAccount: string
  /** The payee's name as Alipay knows it; at most 128 characters, without ^ and |. */
  readonly payeeName: string
  /** The amount in fen (1 yuan is 100 fen), at least 1. */
  readonly amountFen: number
  /** A remark for the payee; at most 100 characters, without ^ and |; may be empty. */
  readonly memo: string
}

/** A batch that upstream composed: its lines go under one batch number, each is judged by itself. */
export interface PayoutBatchRequested {
  /** The partner's alias in the partners file: for whom it is paid. */
  readonly partner: string
  /** The paying account: an e-mail address or account alias of the partner in the partners file; null for the partner's default account. */
  readonly payer: string | null
  /** The payouts, 1 to 1,000. An id that stands twice makes the whole command refused. */
  readonly lines: readonly PayoutPayoutLine[]
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** What is decided. */
export type PayoutDecision = 'succeeded' | 'failed' | 'again'

/** A person's word about a payout whose outcome nobody else can tell, after a look into Alipay's books. */
export interface PayoutDecided {
  /** Upstream's id of the payout. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** succeeded and failed end the payout; again sends the line under a second batch number. */
  readonly decision: PayoutDecision
  /** The batch number that the person looked up; it must be the last one of the payout. */
  readonly batchNo: string
  /** The line's serial at Alipay. */
  readonly serial: string
  /** When the person looked into Alipay's books, UTC milliseconds. */
  readonly lookedAt: number
  /** Where the person looked: the console's page, or who at Alipay was asked. */
  readonly lookedWhere: string
  /** What Alipay said there. */
  readonly alipaySaid: string
  /** Name of the person who decides. */
  readonly decidedBy: string
  /** Why it is decided so. */
  readonly reason: string
}

/** Outcome: it was not paid and will not be. The id is used up. */
export interface PayoutFailed {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** Why: Alipay's reason or code, or the pipeline's own code where nothing was sent. */
  readonly reason: string
  /** The reason in a sentence. */
  readonly explanation: string
  /** Hash of the command, where it was refused before anything was sent. */
  readonly contentHash: string | null
}

/** Evidence contradicts earlier evidence or the request. It is no outcome. */
export interface PayoutMismatched {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout; null where the evidence is about none of ours. */
  readonly payoutId: string | null
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; null where the evidence is about none of ours. */
  readonly version: number | null
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What contradicts. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** What contradicts: unknown-batch, unknown-serial, other-account, other-amount, both-lists, unreadable-line, other-outcome, other-alipay-serial, earlier-batch. */
  readonly mismatch: string
  /** Our side, as text; null where there is none. */
  readonly expected: string | null
  /** The other side, as text. */
  readonly reported: string | null
}

/** No outcome came within 25 hours after the last signing. No outcome yet. */
export interface PayoutOverdue {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** When the outcome was due, UTC milliseconds. */
  readonly dueAt: number
}

/** A command was refused; this says nothing about the payout that holds the id. */
export interface PayoutRefused {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The pipeline's code of the reason. */
  readonly reason: string
  /** The reason in a sentence. */
  readonly explanation: string
  /** The command that holds the id, where there is one. */
  readonly heldBy: PayoutCoordinates | null
}

/** One payee, one amount. The pipeline puts what comes together into batches. */
export interface PayoutRequested {
  /** Id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner for ever. */
  readonly payoutId: string
  /** The partner's alias in the partners file: for whom it is paid. */
  readonly partner: string
  /** The paying account: an e-mail address or account alias of the partner in the partners file; null for the partner's default account. */
  readonly payer: string | null
  /** The payee's Alipay account, an e-mail address or a mobile number; at most 100 characters, without ^ and |. */
  readonly payeeAccount: string
  /** The payee's name as Alipay knows it; at most 128 characters, without ^ and |. */
  readonly payeeName: string
  /** The amount in fen (1 yuan is 100 fen), at least 1. */
  readonly amountFen: number
  /** A remark for the payee; at most 100 characters, without ^ and |; may be empty. */
  readonly memo: string
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** A person decided that the line is sent again, under a second batch number. No outcome. */
export interface PayoutResubmitted {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The second batch number. */
  readonly batchNo: string
  /** The serial, the same as before. */
  readonly serial: string
  /** The batch number before. */
  readonly previousBatchNo: string
  /** Who decided it. */
  readonly decidedBy: string
  /** Why. */
  readonly reason: string
}

/** Outcome: the payee has the money. */
export interface PayoutSucceeded {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** The amount in fen. */
  readonly amountFen: number
  /** Alipay's own serial of the transfer; null where a person decided. */
  readonly alipaySerial: string | null
  /** When Alipay completed it, UTC milliseconds; null where a person decided. */
  readonly completedAt: number | null
}

/** Nobody knows yet whether it was paid, or it waits unsent. No outcome. */
export interface PayoutUnresolved {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, unique per partner. */
  readonly payoutId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The batch number at Alipay; null where nothing was sent. */
  readonly batchNo: string | null
  /** The serial of the line at Alipay; null where nothing was sent. */
  readonly serial: string | null
  /** Why: a code of Alipay or of the pipeline. */
  readonly reason: string
  /** The reason in a sentence, with what comes next. */
  readonly explanation: string
}

/** What the answer says. */
export type GatewayAnswerOutcome = 'accepted' | 'refused' | 'unknown'

/** What the gateway answered to one attempt, or that nobody knows. */
export interface GatewayAnswer {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number. */
  readonly batchNo: string
  /** pay_date of the request; YYYYMMDD. */
  readonly payDate: string
  /** Which attempt it answers, from 1. */
  readonly attempt: number
  /** accepted: is_success T. refused: a code that says what is wrong. unknown: no answer, a broken one, a system error. */
  readonly outcome: GatewayAnswerOutcome
  /** Alipay's code, or the pipeline's own code of what went wrong. */
  readonly code: string | null
  /** True: egress's last word on this batch number. False: the identical request is tried again. */
  readonly final: boolean
  /** True for a second batch number that a person asked for. */
  readonly resubmission: boolean
  /** The HTTP status, where there was an answer. */
  readonly httpStatus: number | null
  /** The answer as it came, at most 16 KiB of it. */
  readonly body: Buffer | null
  /** When the attempt was made, UTC milliseconds; null where none was. */
  readonly sentAt: number | null
  /** When the answer came or was given up, UTC milliseconds. */
  readonly answeredAt: number
}

/** Where the batch stands. */
export type GatewayAttemptState = 'waiting' | 'open' | 'closed'

/** What egress knows of a batch: the last record of a batch number counts. */
export interface GatewayAttempt {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number. */
  readonly batchNo: string
  /** waiting: no attempt was made. open: an attempt was intended. closed: its last word is said. */
  readonly state: GatewayAttemptState
  /** How many attempts were intended. */
  readonly attempts: number
  /** The whole GatewayRequest, framed; null once closed. */
  readonly request: Buffer | null
  /** Why it waits, or what the last word was. */
  readonly code: string | null
  /** When this was written, UTC milliseconds. */
  readonly at: number
}

/** What is decided. */
export type GatewayGatewayDecisionKind = 'succeeded' | 'failed' | 'again'

/** Where the command stands that asked for it: what its claim is held by (S2). */
export interface GatewayCoordinates {
  /** The topic, without the namespace. */
  readonly topic: string
  /** The partition. */
  readonly partition: number
  /** The offset. */
  readonly offset: number
  /** Which line of a batch command, from 0; 0 for all else. */
  readonly line: number
  /** The record's own time stamp, UTC milliseconds. */
  readonly timestamp: number
}

/** A person's decision, in the lane of the payout's last batch. */
export interface GatewayDecision {
  /** The partner's alias. */
  readonly partner: string
  /** Upstream's id. */
  readonly payoutId: string
  /** What is decided. */
  readonly decision: GatewayGatewayDecisionKind
  /** The batch number that the person looked up. */
  readonly batchNo: string
  /** The line's serial. */
  readonly serial: string
  /** When the person looked, UTC milliseconds. */
  readonly lookedAt: number
  /** Where. */
  readonly lookedWhere: string
  /** What Alipay said. */
  readonly alipaySaid: string
  /** Who decides. */
  readonly decidedBy: string
  /** Why. */
  readonly reason: string
  /** The command. */
  readonly source: GatewayCoordinates
}

/** The outcome of a batch is due. */
export interface GatewayDue {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number. */
  readonly batchNo: string
  /** The signing that it was due after. */
  readonly signing: number
  /** When it was due, UTC milliseconds. */
  readonly dueAt: number
}

/** A notify whose signature verified and whose notify_id Alipay confirmed. */
export interface GatewayNotify {
  /** The partner's alias. */
  readonly partner: string
  /** batch_no as it came. */
  readonly batchNo: string
  /** notify_id. */
  readonly notifyId: string
  /** Hash of its parameters without notify_time, sign and sign_type (S2.6). */
  readonly contentHash: string
  /** The form body as it came, byte for byte. */
  readonly body: Buffer
  /** The content type as it came. */
  readonly contentType: string | null
  /** The charset in which its text is read: utf-8, gbk, gb2312 or gb18030. */
  readonly charset: string
  /** Which of the verifying keys verified it: its place in the partners file, from 0. */
  readonly key: string
  /** When it came in, UTC milliseconds. */
  readonly receivedAt: number
}

/** The paying account as it is sent. */
export interface GatewayPayer {
  /** account_name: the name of the paying account. */
  readonly accountName: string
  /** email: the paying account. */
  readonly email: string | null
  /** buyer_account_name: stands in for email and wins over it. */
  readonly buyerAccountName: string | null
}

/** One payout of the batch. */
export interface GatewayRequestLine {
  /** Upstream's id. */
  readonly payoutId: string
  /** The serial at Alipay. */
  readonly serial: string
  /** The payee's account. */
  readonly payeeAccount: string
  /** The payee's name. */
  readonly payeeName: string
  /** The amount in fen. */
  readonly amountFen: number
  /** The remark. */
  readonly memo: string
  /** Hash of the command's content, as it is claimed (S1). */
  readonly contentHash: string
  /** The command that asked for it. */
  readonly source: GatewayCoordinates
  /** When its id was first claimed, UTC milliseconds. */
  readonly claimedAt: number
}

/** A signed request, whole: what egress sends, byte for byte, and what the reconciler compares with. */
export interface GatewayRequest {
  /** The partner's alias. */
  readonly partner: string
  /** Alipay's name of the interface: batch_trans_notify_no_pwd. */
  readonly service: string
  /** batch_no. */
  readonly batchNo: string
  /** pay_date: the only day, in China, on which it may be sent; YYYYMMDD. */
  readonly payDate: string
  /** Which signing of this batch number it is, from 1. */
  readonly signing: number
  /** _input_charset: utf-8, gbk or gb2312. */
  readonly charset: string
  /** The form body as it is posted, signature included; ASCII. */
  readonly body: Buffer
  /** The paying account. */
  readonly payer: GatewayPayer
  /** The payouts of the batch, in the order of detail_data. */
  readonly lines: readonly GatewayRequestLine[]
  /** When it was signed, UTC milliseconds. */
  readonly signedAt: number
  /** The record of gateway.to-sign that asked for this signing; null for the first signing of commands. */
  readonly cause: GatewayCoordinates | null
  /** True for a second batch number that a person asked for: its refusal proves nothing (S5). */
  readonly resubmission: boolean
}

/** Why it is signed. */
export type GatewayToSignReason = 'expired' | 'again'

/** A batch that has to be signed (again). */
export interface GatewayToSign {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number to sign under. */
  readonly batchNo: string
  /** The first day, in China, that pay_date may name; YYYYMMDD. */
  readonly notBefore: string
  /** Which signing it will be, from 1. */
  readonly signing: number
  /** expired: its pay date passed before any attempt. again: a person decided so. */
  readonly reason: GatewayToSignReason
  /** The paying account. */
  readonly payer: GatewayPayer
  /** The payouts of the batch. */
  readonly lines: readonly GatewayRequestLine[]
  /** True for a second batch number that a person asked for; copied into the request. */
  readonly resubmission: boolean
}

/** Every record by its full name. */
export interface Records {
  'payout.PayoutAccepted': PayoutAccepted
  'payout.PayoutBatchRequested': PayoutBatchRequested
  'payout.PayoutDecided': PayoutDecided
  'payout.PayoutFailed': PayoutFailed
  'payout.PayoutMismatched': PayoutMismatched
  'payout.PayoutOverdue': PayoutOverdue
  'payout.PayoutRefused': PayoutRefused
  'payout.PayoutRequested': PayoutRequested
  'payout.PayoutResubmitted': PayoutResubmitted
  'payout.PayoutSucceeded': PayoutSucceeded
  'payout.PayoutUnresolved': PayoutUnresolved
  'gateway.GatewayAnswer': GatewayAnswer
  'gateway.GatewayAttempt': GatewayAttempt
  'gateway.GatewayDecision': GatewayDecision
  'gateway.GatewayDue': GatewayDue
  'gateway.GatewayNotify': GatewayNotify
  'gateway.GatewayRequest': GatewayRequest
  'gateway.GatewayToSign': GatewayToSign
}

/** The file of every record's schema, below avro/. */
export const schemaFiles = {
  'payout.PayoutAccepted': 'payout/payout-accepted.avsc',
  'payout.PayoutBatchRequested': 'payout/payout-batch-requested.avsc',
  'payout.PayoutDecided': 'payout/payout-decided.avsc',
  'payout.PayoutFailed': 'payout/payout-failed.avsc',
  'payout.PayoutMismatched': 'payout/payout-mismatched.avsc',
  'payout.PayoutOverdue': 'payout/payout-overdue.avsc',
  'payout.PayoutRefused': 'payout/payout-refused.avsc',
  'payout.PayoutRequested': 'payout/payout-requested.avsc',
  'payout.PayoutResubmitted': 'payout/payout-resubmitted.avsc',
  'payout.PayoutSucceeded': 'payout/payout-succeeded.avsc',
  'payout.PayoutUnresolved': 'payout/payout-unresolved.avsc',
  'gateway.GatewayAnswer': 'gateway/gateway-answer.avsc',
  'gateway.GatewayAttempt': 'gateway/gateway-attempt.avsc',
  'gateway.GatewayDecision': 'gateway/gateway-decision.avsc',
  'gateway.GatewayDue': 'gateway/gateway-due.avsc',
  'gateway.GatewayNotify': 'gateway/gateway-notify.avsc',
  'gateway.GatewayRequest': 'gateway/gateway-request.avsc',
  'gateway.GatewayToSign': 'gateway/gateway-to-sign.avsc',
} as const satisfies Record<keyof Records, string>
