// Generated from avro/*/*.avsc; after a change of those: npm run generate -w packages/schemas

/** What kind of thing it is; unknown is never written: an older reader finds it in place of a kind that came later. */
export type PayoutEvidenceKind =
  | 'command'
  | 'answer'
  | 'notify'
  | 'decision'
  | 'due'
  | 'request'
  | 'return_file'
  | 'unknown'

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
  /** That thing's own id: the notify's notify_id; batch number and attempt of an answer or a timer; the command's topic, partition and offset; a return file's SHA-256, in hex. */
  readonly id: string
  /** Where the record stands that caused the event. */
  readonly source: PayoutCoordinates
}

/** What was said last of it, mismatches and returns apart; unknown is never written: an older reader finds it in place of a status that came later. */
export type PayoutStatus =
  | 'signed'
  | 'accepted'
  | 'unresolved'
  | 'overdue'
  | 'resubmitted'
  | 'succeeded'
  | 'failed'
  | 'unknown'

/** How a payout stands once this event is read. */
export interface PayoutStanding {
  /** What is known of it: succeeded and failed are outcomes, signed means that nothing was heard yet. */
  readonly status: PayoutStatus
  /** True: it has its outcome, and no event will say another one. */
  readonly final: boolean
  /** True: nothing more is sent for it unless a person decides so; the last word on its last batch number is spoken, or it has its outcome. */
  readonly closed: boolean
  /** The names of the mismatches that stand, each once, the oldest first: nobody has decided about the payout since. Empty: none. */
  readonly mismatches: readonly string[]
  /** True: a bank has sent it back, so it had been paid. */
  readonly returned: boolean
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
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
}

/** One payee, one amount. */
export interface PayoutPayoutLine {
  /** Id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner for ever. */
  readonly payoutId: string
  /** The payee's Alipay account: an e-mail address, a mobile number of 11 digits, or a number from abroad with its country code (852-61234567); at most 100 characters. */
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
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
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
  /** What contradicts: unknown-batch, unknown-serial, other-account, other-amount, both-lists, contradicting-lines, unreadable-line, other-outcome, other-alipay-serial, earlier-batch, other-return. */
  readonly mismatch: string
  /** Our side, as text; null where there is none. Never a name or an account: the records have them that led to the event. */
  readonly expected: string | null
  /** The other side, as text; never a name or an account. */
  readonly reported: string | null
  /** What the other side says: true, that it was paid (a line with S, a return of it); false, that it was not (a line with F). Null: neither, or both. */
  readonly moneyMoved: boolean | null
  /** The amount that the other side names, in fen; of a batch that nobody asked for the sum of what was paid, else of what was not. Null: none that could be read. */
  readonly amountFen: number | null
  /** Alipay's own serial of the transfer, or of the withdrawal that was returned; null where none was named. */
  readonly alipaySerial: string | null
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
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
  /** What is missing: NO_NOTIFY after the gateway took the batch, NO_ANSWER where nothing was heard, else the reason for which it was unresolved before. */
  readonly reason: string | null
  /** The reason in a sentence. */
  readonly explanation: string | null
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
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
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
}

/** One payee, one amount. The pipeline puts what comes together into batches. */
export interface PayoutRequested {
  /** Id of the payout, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner for ever. */
  readonly payoutId: string
  /** The partner's alias in the partners file: for whom it is paid. */
  readonly partner: string
  /** The paying account: an e-mail address or account alias of the partner in the partners file; null for the partner's default account. */
  readonly payer: string | null
  /** The payee's Alipay account: an e-mail address, a mobile number of 11 digits, or a number from abroad with its country code (852-61234567); at most 100 characters. */
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
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
}

/** One thing that is wrong in a return file. */
export interface PayoutReturnFileProblem {
  /** The line of the CSV, from 1; 0 for the file as a whole. */
  readonly row: number
  /** What is wrong, by name. */
  readonly code: string
  /** In words, without the payee's data. */
  readonly explanation: string
}

/** A return file could not be had, or can't be taken: no event of its rows is written. */
export interface PayoutReturnFileFailed {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** The partner's alias, as the command has it. */
  readonly partner: string
  /** The day of the file, in China, as the command has it; YYYYMMDD. */
  readonly fileDate: string
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** SHA-256 of what came, in hex: its name in the evidence folder; null where nothing came. */
  readonly fileHash: string | null
  /** Alipay's code, or the pipeline's own, which docs/operations.md explains. */
  readonly reason: string
  /** The reason in words, with the way out. */
  readonly explanation: string
  /** What is wrong in the file, row by row; the first 1,000. */
  readonly problems: readonly PayoutReturnFileProblem[]
  /** How many there are in all. */
  readonly problemCount: number
  /** When it is tried again by itself, UTC milliseconds; null where it is not. */
  readonly againAt: number | null
}

/** A return file was read, and its totals are right. */
export interface PayoutReturnFileRead {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** The partner's alias. */
  readonly partner: string
  /** The day of the file, in China; YYYYMMDD. */
  readonly fileDate: string
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** SHA-256 of the archive, in hex: its name in the evidence folder. */
  readonly fileHash: string
  /** How many of its rows count, those known before among them. */
  readonly rows: number
  /** The sum of those in fen. */
  readonly totalFen: number
  /** Rows that do not count, since what decides in them can not be read: each is among the problems, and a person has to look at them in the file. */
  readonly setAside: number
  /** What is odd or wrong in it, row by row; the first 1,000. Texts that were cut or are odd leave their row as good as it is. */
  readonly problems: readonly PayoutReturnFileProblem[]
  /** How many problems there are in all. */
  readonly problemCount: number
}

/** The bank sent a payout back, after it had succeeded. One event for each withdrawal serial, however often and for whichever day the file is fetched (RFD-7). */
export interface PayoutReturned {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Upstream's id of the payout, where batch number and serial are of ours; mostly they are not: the file is about bank payouts, which are uploaded elsewhere. */
  readonly payoutId: string | null
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the payout; null where the payout is not ours. */
  readonly version: number | null
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: PayoutEvidence
  /** The merchant's batch number, or the uploaded file's name, in lower case and without its suffix (RFD-6). */
  readonly batchNo: string
  /** The merchant's serial of the line. */
  readonly serial: string
  /** Alipay's own serial of the withdrawal. */
  readonly withdrawalSerial: string
  /** The amount that came back, in fen. */
  readonly amountFen: number
  /** When the bank sent it back, UTC milliseconds. */
  readonly returnedAt: number
  /** The bank's reason, as the file has it; what is personal is left out. */
  readonly reason: string
  /** The day of the file that said so first, in China; YYYYMMDD. */
  readonly fileDate: string
  /** SHA-256 of the archive, in hex: its name in the evidence folder. */
  readonly fileHash: string
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
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
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
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
  /** True: the last word on this batch number is spoken, and nothing more is sent under it. */
  readonly lastWord: boolean
  /** How the payout stands with this event: what a reader keeps. Null where the event says nothing of that (it is about no payout of ours, the signer refuses a command, an earlier release wrote it): keep what was known. */
  readonly standing: PayoutStanding | null
}

/** The file of bank payouts that came back on one day is to be fetched (bptb_refund_file). What the schedule fetches by itself need not be asked for. */
export interface ReturnFileRequested {
  /** The partner's alias in the partners file. */
  readonly partner: string
  /** The day of the file, in China; YYYYMMDD. */
  readonly date: string
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** What kind of thing it is; unknown is never written: an older reader finds it in place of a kind that came later. */
export type AgreementEvidenceKind = 'command' | 'answer' | 'time' | 'unknown'

/** Where a record stands in the log. */
export interface AgreementCoordinates {
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
export interface AgreementEvidence {
  /** What kind of thing proves it. */
  readonly kind: AgreementEvidenceKind
  /** That thing's own id: the command's topic, partition and offset; the request id and attempt of an answer; the moment, in UTC milliseconds, of what time alone has ended. */
  readonly id: string
  /** Where the record stands that caused the event. */
  readonly source: AgreementCoordinates
}

/** What the command asks for can't be had: it is not valid, Alipay refuses it, or nobody answered in the configured time. */
export interface AgreementFailed {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it; null where the command names no account. */
  readonly agreementId: string | null
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; null where the command was refused before it reached the agreement. */
  readonly version: number | null
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** Alipay's code, or the pipeline's own, which docs/operations.md explains. */
  readonly reason: string
  /** The reason in words, with the way out. */
  readonly explanation: string
}

/** The form that leads the user to Alipay's signing page is ready. Made again for the same command, it has a new address, and the old one is void. */
export interface AgreementFormReady {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it. */
  readonly agreementId: string
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** The page's address: to be given to this user alone, within a page of your own as a link, never in a frame. */
  readonly url: string
  /** Until when the page is shown, UTC milliseconds. */
  readonly expiresAt: number
}

/** Alipay says that the agreement is not signed. A report: signed may follow. */
export interface AgreementNotSigned {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it. */
  readonly agreementId: string
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** charge_agent of the answer: whether the agreement covers automatic payment. */
  readonly chargeAgent: boolean
  /** refund_charge of the answer: whether the agreement covers automatic refund. */
  readonly refundCharge: boolean
  /** Alipay's code, or the pipeline's own, which docs/operations.md explains. */
  readonly reason: string
  /** The reason in words, with the way out. */
  readonly explanation: string
}

/** Nobody knows how the agreement stands: nothing is done to it until Alipay's answer tells (SGN-6, UNS-4). */
export interface AgreementOnHold {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it. */
  readonly agreementId: string
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** Alipay's code, or the pipeline's own, which docs/operations.md explains. */
  readonly reason: string
  /** The reason in words, with the way out. */
  readonly explanation: string
}

/** The command is not taken, and nothing changes: its id was used for something else, another operation of this agreement is open, or there is nothing to do. */
export interface AgreementRefused {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it; null where the command names no account. */
  readonly agreementId: string | null
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** Alipay's code, or the pipeline's own, which docs/operations.md explains. */
  readonly reason: string
  /** The reason in words, with the way out. */
  readonly explanation: string
}

/** An agreement is to be signed: the user signs it on Alipay's own page, which a form of ours leads to. */
export interface AgreementSignRequested {
  /** Id of the command, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner and account. */
  readonly commandId: string
  /** The partner's alias in the partners file. */
  readonly partner: string
  /** The signer's e-mail address at Alipay; an account that is a mobile number can't sign (SGN-4). */
  readonly email: string
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** Alipay says that the agreement is signed. */
export interface AgreementSigned {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it. */
  readonly agreementId: string
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
  /** charge_agent of the answer: whether the agreement covers automatic payment. */
  readonly chargeAgent: boolean
  /** refund_charge of the answer: whether the agreement covers automatic refund. */
  readonly refundCharge: boolean
}

/** How an agreement stands at Alipay is to be asked at once. */
export interface AgreementStatusRequested {
  /** Id of the command, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner and account. */
  readonly commandId: string
  /** The partner's alias in the partners file. */
  readonly partner: string
  /** The signer's e-mail address at Alipay. */
  readonly email: string
  /** The error code that Alipay's page showed the user, where somebody saw one (SGN-6 to SGN-8). */
  readonly seenCode: string | null
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** An agreement is to be cancelled (customer_unsign). Either customerCode, or one of typeCode and bizType with one of transAccountOut and userEmail. */
export interface AgreementUnsignRequested {
  /** Id of the command, 1 to 64 of A-Z a-z 0-9 . _ : -, unique per partner and account. */
  readonly commandId: string
  /** The partner's alias in the partners file. */
  readonly partner: string
  /** customer_code: the agreement's own number at Alipay. */
  readonly customerCode: string | null
  /** type_code: the business code of the contract; wins over bizType (UNS-3). */
  readonly typeCode: string | null
  /** biz_type: 10004, for agreements made by sign_protocol_with_partner (UNS-2). */
  readonly bizType: string | null
  /** trans_account_out: the signed account; wins over userEmail (UNS-3). */
  readonly transAccountOut: string | null
  /** user_email: the signer's e-mail address. */
  readonly userEmail: string | null
  /** When upstream asked for it, UTC milliseconds; for the reader only. */
  readonly requestedAt: number | null
}

/** The agreement is cancelled. */
export interface AgreementUnsigned {
  /** The same event always has the same id, however often it is written; also the ce_id header. */
  readonly eventId: string
  /** Id of the agreement: a hash of partner and account, the same for all that happens to it. */
  readonly agreementId: string
  /** The command that the event is about. */
  readonly commandId: string
  /** The partner's alias. */
  readonly partner: string
  /** Grows with every event of the agreement; a reader that has seen a higher one may ignore this event. */
  readonly version: number
  /** When it happened, as far as the evidence says, UTC milliseconds. */
  readonly occurredAt: number
  /** When the pipeline received the evidence, UTC milliseconds. */
  readonly seenAt: number
  /** What proves it. */
  readonly evidence: AgreementEvidence
}

/** What is to be done. */
export type GatewayAgreementAction = 'sign' | 'status' | 'unsign'

/** One request parameter, before it is encoded. */
export interface GatewayParameter {
  /** Alipay's name of it. */
  readonly name: string
  /** Its value; never empty. */
  readonly value: string
}

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

/** What upstream wants done with an agreement, checked, in the agreement's lane. */
export interface GatewayAgreementCommand {
  /** The partner's alias. */
  readonly partner: string
  /** Id of the agreement. */
  readonly agreementId: string
  /** Upstream's id of the command. */
  readonly commandId: string
  /** What is to be done. */
  readonly action: GatewayAgreementAction
  /** Hash of the command's content: the same id with other content is refused. */
  readonly contentHash: string
  /** The account that the agreement is of: what its id is made from. */
  readonly account: string
  /** The business parameters of sign_protocol_with_partner, query_customer_protocol or customer_unsign. */
  readonly parameters: readonly GatewayParameter[]
  /** The error code that somebody saw on Alipay's page. */
  readonly seenCode: string | null
  /** The command. */
  readonly source: GatewayCoordinates
}

/** How it stands. */
export type GatewayAgreementStatus = 'unknown' | 'form_ready' | 'signed' | 'not_signed' | 'unsigned' | 'on_hold'

/** A request whose last word is waited for. */
export interface GatewayOpenRequest {
  /** Its id. */
  readonly requestId: string
  /** Its service. */
  readonly service: string
}

/** ask: query_customer_protocol. cancel: customer_unsign. */
export type GatewayAgreementStep = 'ask' | 'cancel'

/** The form that the user can sign by. */
export interface GatewayOpenForm {
  /** Id of this form. */
  readonly requestId: string
  /** The version of its agreement.form_ready. */
  readonly version: number
  /** Until when its page is shown, UTC milliseconds. */
  readonly expiresAt: number
}

/** What an answer to query_customer_protocol says. */
export interface GatewayAgreementFlags {
  /** charge_agent: whether automatic payment is agreed. */
  readonly chargeAgent: boolean
  /** refund_charge: whether automatic refund is agreed, which makes the agreement signed. */
  readonly refundCharge: boolean
}

/** A command that has not ended yet. */
export interface GatewayOpenOperation {
  /** What is to be done. */
  readonly action: GatewayAgreementAction
  /** Upstream's id of the command. */
  readonly commandId: string
  /** Where the command stands. */
  readonly source: GatewayCoordinates
  /** The business parameters of its form or of its customer_unsign; none for a question. */
  readonly parameters: readonly GatewayParameter[]
  /** When it began, UTC milliseconds. */
  readonly openedAt: number
  /** When it is given up, UTC milliseconds. */
  readonly giveUpAt: number
  /** What its next request is, or the one under way. */
  readonly step: GatewayAgreementStep
  /** How many requests were signed because of it. */
  readonly polls: number
  /** When the next one is due, UTC milliseconds; null while it waits for the last word on the request that is under way. */
  readonly nextAt: number | null
  /** Of a signing: its form. */
  readonly form: GatewayOpenForm | null
  /** Of a signing: the user saw a code after which it may be signed (SGN-6). Of a cancelling: a request may have arrived that nobody answered (UNS-4). agreement.on_hold was said. */
  readonly doubted: boolean
  /** The code of the last answer that told nothing. */
  readonly lastCode: string | null
  /** Of a cancelling in doubt: the code that refused it. */
  readonly refusal: string | null
  /** The last answer that told something. */
  readonly seen: GatewayAgreementFlags | null
}

/** A command that was taken or refused. */
export interface GatewayKnownCommand {
  /** Upstream's id of the command. */
  readonly commandId: string
  /** Hash of its content. */
  readonly contentHash: string
  /** When it came, UTC milliseconds. */
  readonly at: number
  /** True where a form or a cancelling came of it: it is not forgotten while the command could come again. */
  readonly binding: boolean
}

/** What the reconciler knows of an agreement: the last record of an agreement counts. */
export interface GatewayAgreementState {
  /** The partner's alias. */
  readonly partner: string
  /** Id of the agreement. */
  readonly agreementId: string
  /** The account that the agreement is of. */
  readonly account: string
  /** How it stands, as far as the last event or answer says. */
  readonly status: GatewayAgreementStatus
  /** Version of the last event; 0 before the first. */
  readonly version: number
  /** True from agreement.unsigned on, until a form is made or an answer says that it is signed: there is nothing to cancel (UNS-6). */
  readonly cancelled: boolean
  /** True from a cancelling that nobody answered on, until Alipay says how the agreement stands or that it is cancelled: what is on hold for that stays so where the question is refused. */
  readonly unsignInDoubt: boolean
  /** How many forms and requests were signed: numbers their ids. */
  readonly requests: number
  /** The one request that is under way; null where none is. */
  readonly request: GatewayOpenRequest | null
  /** What is under way: at most one signing or cancelling, and questions. */
  readonly operations: readonly GatewayOpenOperation[]
  /** Commands that could still come again, by their age. */
  readonly commands: readonly GatewayKnownCommand[]
  /** When this was written, UTC milliseconds. */
  readonly updatedAt: number
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
export type GatewayAttemptState = 'deferred' | 'in_doubt' | 'closed'

/** What egress knows of a batch: the last record of a batch number counts. */
export interface GatewayAttempt {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number. */
  readonly batchNo: string
  /** deferred: it may not be sent yet, and no attempt was made. in_doubt: an attempt was intended, and its answer is not known. closed: no attempt follows. */
  readonly state: GatewayAttemptState
  /** How many attempts were intended. */
  readonly attempts: number
  /** The whole GatewayRequest, framed; null once closed. */
  readonly request: Buffer | null
  /** Why it waits, or what the last word was. */
  readonly code: string | null
  /** When this was written, UTC milliseconds. */
  readonly at: number
  /** When a closed record is removed, UTC milliseconds; null: 60 days after it was written. */
  readonly forgetAt: number | null
}

/** What is decided. */
export type GatewayGatewayDecisionKind = 'succeeded' | 'failed' | 'again'

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

/** The form of an agreement has to be signed, or to be withdrawn. */
export interface GatewayFormToSign {
  /** The partner's alias. */
  readonly partner: string
  /** Id of this form. */
  readonly requestId: string
  /** Id of the agreement. */
  readonly agreementId: string
  /** Upstream's id of the command. */
  readonly commandId: string
  /** The business parameters of sign_protocol_with_partner. */
  readonly parameters: readonly GatewayParameter[]
  /** The version of agreement.form_ready, which the signer writes. */
  readonly version: number
  /** Until when the page is shown, UTC milliseconds. */
  readonly expiresAt: number
  /** True: the signing is over, and the page is shown no more. The other fields are then those of the form that goes. */
  readonly withdrawn: boolean
  /** The record that asked for it: the command, or what ended the signing. */
  readonly source: GatewayCoordinates
}

/** A signed form that leads a user to Alipay's signing page. A record without a value takes it away. */
export interface GatewayForm {
  /** The partner's alias. */
  readonly partner: string
  /** Id of this form. */
  readonly requestId: string
  /** Id of the agreement. */
  readonly agreementId: string
  /** Upstream's id of the command. */
  readonly commandId: string
  /** What the page's address ends in: 43 characters, 256 bits of chance. */
  readonly token: string
  /** _input_charset: utf-8, gbk or gb2312. */
  readonly charset: string
  /** All parameters of the form, signature included, in order. */
  readonly parameters: readonly GatewayParameter[]
  /** Until when the page is shown, UTC milliseconds. */
  readonly expiresAt: number
  /** When it was signed, UTC milliseconds. */
  readonly signedAt: number
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

/** One payout that can't be signed. */
export interface GatewayNotSignedLine {
  /** Upstream's id. */
  readonly payoutId: string
  /** The serial at Alipay. */
  readonly serial: string
  /** Why not: a stable code. */
  readonly code: string
  /** The same in words, with the way out. */
  readonly explanation: string
}

/** Payouts of a batch that can't be signed: nothing of them goes out under this number any more. In the lane of the batch. */
export interface GatewayNotSigned {
  /** The partner's alias. */
  readonly partner: string
  /** batch_no: of a batch that was never attempted, or of a second batch that was never signed. */
  readonly batchNo: string
  /** The day for which it was to be signed; YYYYMMDD. */
  readonly payDate: string
  /** Which signing it would have been, from 1. */
  readonly signing: number
  /** The paying account. */
  readonly payer: GatewayPayer
  /** Whether it is a second batch number, after a person's decision to send again. */
  readonly resubmission: boolean
  /** The payouts: all of the batch, or those that keep the others from being signed, which go out under another number. */
  readonly lines: readonly GatewayNotSignedLine[]
  /** When that was found, UTC milliseconds. */
  readonly at: number
  /** The record of gateway.to-sign. */
  readonly cause: GatewayCoordinates
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

/** A return file is to be fetched, in the lane of its partner's return files. */
export interface GatewayReturnFileCommand {
  /** The partner's alias. */
  readonly partner: string
  /** The day of the file, in China; YYYYMMDD. */
  readonly fileDate: string
  /** The command. */
  readonly source: GatewayCoordinates
}

/** What the reconciler knows of one day's return file: the last record of a partner and day counts. */
export interface GatewayReturnFileState {
  /** The partner's alias. */
  readonly partner: string
  /** The day of the file, in China; YYYYMMDD. */
  readonly fileDate: string
  /** The request whose last word is waited for; null where none is under way. */
  readonly requestId: string | null
  /** How many requests were ever signed for it: numbers their ids. */
  readonly requests: number
  /** Requests since it was last asked for by the schedule or a command. */
  readonly tries: number
  /** Whether payout.return_file_failed was said since then, with the promise to try again. */
  readonly reported: boolean
  /** When it is tried again, UTC milliseconds; null where it is not. */
  readonly nextAt: number | null
  /** SHA-256 of the last file that was taken. */
  readonly fileHash: string | null
  /** What asked for it last; null for the schedule. */
  readonly cause: GatewayCoordinates | null
  /** When this was written, UTC milliseconds. */
  readonly updatedAt: number
}

/** One payout that came back. */
export interface GatewayReturnRow {
  /** The merchant's serial of the line. */
  readonly serial: string
  /** The payee's name at the bank. */
  readonly payeeName: string
  /** The payee's bank account. */
  readonly payeeAccount: string
  /** The bank. */
  readonly bank: string
  /** Its province. */
  readonly province: string
  /** Its city. */
  readonly city: string
  /** Its branch; may be empty. */
  readonly branch: string
  /** The amount in fen. */
  readonly amountFen: number
  /** True: a company's account (1). False: a person's (2). */
  readonly corporate: boolean
  /** The remark; may be empty. */
  readonly memo: string
  /** Alipay's own serial of the withdrawal. */
  readonly withdrawalSerial: string
  /** When the bank sent it back, UTC milliseconds. */
  readonly returnedAt: number
  /** The bank's reason. */
  readonly reason: string
}

/** Rows of a return file that was taken, all of one merchant batch number, in the lane of that number. */
export interface GatewayReturnRows {
  /** The partner's alias. */
  readonly partner: string
  /** The merchant's batch number, or the uploaded file's name, in lower case and without its suffix. */
  readonly batchNo: string
  /** The request that brought the file. */
  readonly requestId: string
  /** The day of the file, in China; YYYYMMDD. */
  readonly fileDate: string
  /** SHA-256 of the archive, in hex. */
  readonly fileHash: string
  /** When the file was read, UTC milliseconds. */
  readonly readAt: number
  /** The rows, in the order of the file; at most 500. */
  readonly rows: readonly GatewayReturnRow[]
}

/** How far the schedule of a partner's return files has come. */
export interface GatewayReturnSchedule {
  /** The partner's alias. */
  readonly partner: string
  /** The last day, in China, on which it ran; YYYYMMDD. */
  readonly lastRun: string
  /** When this was written, UTC milliseconds. */
  readonly updatedAt: number
}

/** One thing that is wrong in a return file. */
export interface GatewayReturnFileProblem {
  /** The line of the CSV, from 1; 0 for the file as a whole. */
  readonly row: number
  /** What is wrong, by name. */
  readonly code: string
  /** In words, without the payee's data. */
  readonly explanation: string
}

/** What came in answer to bptb_refund_file. */
export interface GatewayReturnFile {
  /** The day that was asked for, in China; YYYYMMDD. */
  readonly fileDate: string
  /** SHA-256 of the bytes that came, in hex: their name in the evidence folder; null where they could not be kept. */
  readonly hash: string | null
  /** How many bytes came. */
  readonly size: number
  /** Rows of the file that count; null where it was not taken. */
  readonly rows: number | null
  /** Their sum in fen; null where it was not taken. */
  readonly totalFen: number | null
  /** Rows of a file that was taken that do not count, since what decides in them can not be read; their amounts are right. */
  readonly setAside: number
  /** What is wrong in it, row by row; the first 1,000. */
  readonly problems: readonly GatewayReturnFileProblem[]
  /** How many there are in all. */
  readonly problemCount: number
}

/** What the gateway answered to one attempt of a service request, or that nobody knows. */
export interface GatewayServiceAnswer {
  /** The partner's alias. */
  readonly partner: string
  /** Id of the request. */
  readonly requestId: string
  /** Alipay's name of the interface. */
  readonly service: string
  /** Which attempt it answers, from 1; 0 where none was made. */
  readonly attempt: number
  /** accepted: is_success T, or a file that was taken. refused: a code or a text that says what is wrong, or a file that can't be taken. unknown: no answer, a broken one, a system error. */
  readonly outcome: GatewayAnswerOutcome
  /** Alipay's code, or the pipeline's own code of what went wrong. */
  readonly code: string | null
  /** True: egress's last word on this request. False: the identical request is tried again. */
  readonly final: boolean
  /** The HTTP status, where there was an answer. */
  readonly httpStatus: number | null
  /** The content type as it came. */
  readonly contentType: string | null
  /** The answer as it came; null where a file came, or nothing. */
  readonly body: Buffer | null
  /** What came, for bptb_refund_file. */
  readonly file: GatewayReturnFile | null
  /** When the attempt was made, UTC milliseconds; null where none was. */
  readonly sentAt: number | null
  /** When the answer came or was given up, UTC milliseconds. */
  readonly answeredAt: number
}

/** A form or a request of another service than the batch payout that can't be signed: nothing of it was sent. In the lane of its request. */
export interface GatewayServiceNotSigned {
  /** The partner's alias. */
  readonly partner: string
  /** The id that it would have had. */
  readonly requestId: string
  /** The service; sign_protocol_with_partner for a form. */
  readonly service: string
  /** The agreement of a form; null for all else. */
  readonly agreementId: string | null
  /** Why not: a stable code. */
  readonly code: string
  /** The same in words, with the way out. */
  readonly explanation: string
  /** When that was found, UTC milliseconds. */
  readonly at: number
  /** The record of gateway.to-sign. */
  readonly cause: GatewayCoordinates
}

/** A signed request of a service other than the batch payout, whole: what egress sends, byte for byte. */
export interface GatewayServiceRequest {
  /** The partner's alias. */
  readonly partner: string
  /** Id of the request. */
  readonly requestId: string
  /** Alipay's name of the interface. */
  readonly service: string
  /** _input_charset: utf-8, gbk or gb2312. */
  readonly charset: string
  /** The form body as it is posted, signature included; ASCII. */
  readonly body: Buffer
  /** It is not sent, or sent again, from this moment on, UTC milliseconds. */
  readonly sendBefore: number
  /** When it was signed, UTC milliseconds. */
  readonly signedAt: number
  /** The record of gateway.to-sign that asked for it. */
  readonly cause: GatewayCoordinates
}

/** A request of a service other than the batch payout has to be signed: a question about an agreement, its cancelling, a return file. */
export interface GatewayServiceToSign {
  /** The partner's alias. */
  readonly partner: string
  /** Id of the request: written like a batch number, with the lane in it. */
  readonly requestId: string
  /** Alipay's name of the interface: query_customer_protocol, customer_unsign or bptb_refund_file. */
  readonly service: string
  /** Its business parameters. */
  readonly parameters: readonly GatewayParameter[]
  /** It is not sent, or sent again, from this moment on, UTC milliseconds. */
  readonly sendBefore: number
}

/** Whose switch it is. Each origin has its own, so that none writes over another one's. */
export type GatewaySwitchOrigin = 'person' | 'automatic' | 'timed'

/** How a switch stands. */
export type GatewaySwitchState = 'stopped' | 'goes'

/** The record that caused a stop. It was written in the same transaction, or after it where that transaction failed. */
export interface GatewaySwitchCause {
  /** The topic, without the namespace. */
  readonly topic: string
  /** The partition. */
  readonly partition: number
  /** The record's key. */
  readonly key: string
  /** The record's ce_id. */
  readonly id: string
}

/** Whether money may move: the last record of a key, which is scope and origin, counts. What is stopped under any origin is stopped. */
export interface GatewaySwitch {
  /** What it is about: partner/ALIAS. A reader that does not know a kind of scope takes a stop of it for a stop of everything. */
  readonly scope: string
  /** person: a person stopped it. automatic: an answer did, until a person lets it go on. timed: an answer did, for a time. Whatever it is, a person may let it go on. */
  readonly origin: GatewaySwitchOrigin
  /** stopped: nothing is sent. goes: a person has taken the stop of this origin back. */
  readonly state: GatewaySwitchState
  /** Since when, UTC milliseconds. */
  readonly at: number
  /** Who: a person's name, or the service that stopped it. */
  readonly by: string
  /** A person's words, or the code that stopped it. */
  readonly why: string
  /** When the stop ends by itself, UTC milliseconds; null: only a person ends it. */
  readonly until: number | null
  /** What caused it; null where a person did. */
  readonly cause: GatewaySwitchCause | null
}

/** The outcome of a batch is due. */
export interface GatewayTimer {
  /** The partner's alias. */
  readonly partner: string
  /** The batch number. */
  readonly batchNo: string
  /** The signing that it was due after. */
  readonly signing: number
  /** When it was due, UTC milliseconds. */
  readonly dueAt: number
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
  'payout.PayoutReturnFileFailed': PayoutReturnFileFailed
  'payout.PayoutReturnFileRead': PayoutReturnFileRead
  'payout.PayoutReturned': PayoutReturned
  'payout.PayoutSucceeded': PayoutSucceeded
  'payout.PayoutUnresolved': PayoutUnresolved
  'payout.ReturnFileRequested': ReturnFileRequested
  'agreement.AgreementFailed': AgreementFailed
  'agreement.AgreementFormReady': AgreementFormReady
  'agreement.AgreementNotSigned': AgreementNotSigned
  'agreement.AgreementOnHold': AgreementOnHold
  'agreement.AgreementRefused': AgreementRefused
  'agreement.AgreementSignRequested': AgreementSignRequested
  'agreement.AgreementSigned': AgreementSigned
  'agreement.AgreementStatusRequested': AgreementStatusRequested
  'agreement.AgreementUnsignRequested': AgreementUnsignRequested
  'agreement.AgreementUnsigned': AgreementUnsigned
  'gateway.GatewayAgreementCommand': GatewayAgreementCommand
  'gateway.GatewayAgreementState': GatewayAgreementState
  'gateway.GatewayAnswer': GatewayAnswer
  'gateway.GatewayAttempt': GatewayAttempt
  'gateway.GatewayDecision': GatewayDecision
  'gateway.GatewayFormToSign': GatewayFormToSign
  'gateway.GatewayForm': GatewayForm
  'gateway.GatewayNotSigned': GatewayNotSigned
  'gateway.GatewayNotify': GatewayNotify
  'gateway.GatewayRequest': GatewayRequest
  'gateway.GatewayReturnFileCommand': GatewayReturnFileCommand
  'gateway.GatewayReturnFileState': GatewayReturnFileState
  'gateway.GatewayReturnRows': GatewayReturnRows
  'gateway.GatewayReturnSchedule': GatewayReturnSchedule
  'gateway.GatewayServiceAnswer': GatewayServiceAnswer
  'gateway.GatewayServiceNotSigned': GatewayServiceNotSigned
  'gateway.GatewayServiceRequest': GatewayServiceRequest
  'gateway.GatewayServiceToSign': GatewayServiceToSign
  'gateway.GatewaySwitch': GatewaySwitch
  'gateway.GatewayTimer': GatewayTimer
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
  'payout.PayoutReturnFileFailed': 'payout/payout-return-file-failed.avsc',
  'payout.PayoutReturnFileRead': 'payout/payout-return-file-read.avsc',
  'payout.PayoutReturned': 'payout/payout-returned.avsc',
  'payout.PayoutSucceeded': 'payout/payout-succeeded.avsc',
  'payout.PayoutUnresolved': 'payout/payout-unresolved.avsc',
  'payout.ReturnFileRequested': 'payout/return-file-requested.avsc',
  'agreement.AgreementFailed': 'agreement/agreement-failed.avsc',
  'agreement.AgreementFormReady': 'agreement/agreement-form-ready.avsc',
  'agreement.AgreementNotSigned': 'agreement/agreement-not-signed.avsc',
  'agreement.AgreementOnHold': 'agreement/agreement-on-hold.avsc',
  'agreement.AgreementRefused': 'agreement/agreement-refused.avsc',
  'agreement.AgreementSignRequested': 'agreement/agreement-sign-requested.avsc',
  'agreement.AgreementSigned': 'agreement/agreement-signed.avsc',
  'agreement.AgreementStatusRequested': 'agreement/agreement-status-requested.avsc',
  'agreement.AgreementUnsignRequested': 'agreement/agreement-unsign-requested.avsc',
  'agreement.AgreementUnsigned': 'agreement/agreement-unsigned.avsc',
  'gateway.GatewayAgreementCommand': 'gateway/gateway-agreement-command.avsc',
  'gateway.GatewayAgreementState': 'gateway/gateway-agreement-state.avsc',
  'gateway.GatewayAnswer': 'gateway/gateway-answer.avsc',
  'gateway.GatewayAttempt': 'gateway/gateway-attempt.avsc',
  'gateway.GatewayDecision': 'gateway/gateway-decision.avsc',
  'gateway.GatewayFormToSign': 'gateway/gateway-form-to-sign.avsc',
  'gateway.GatewayForm': 'gateway/gateway-form.avsc',
  'gateway.GatewayNotSigned': 'gateway/gateway-not-signed.avsc',
  'gateway.GatewayNotify': 'gateway/gateway-notify.avsc',
  'gateway.GatewayRequest': 'gateway/gateway-request.avsc',
  'gateway.GatewayReturnFileCommand': 'gateway/gateway-return-file-command.avsc',
  'gateway.GatewayReturnFileState': 'gateway/gateway-return-file-state.avsc',
  'gateway.GatewayReturnRows': 'gateway/gateway-return-rows.avsc',
  'gateway.GatewayReturnSchedule': 'gateway/gateway-return-schedule.avsc',
  'gateway.GatewayServiceAnswer': 'gateway/gateway-service-answer.avsc',
  'gateway.GatewayServiceNotSigned': 'gateway/gateway-service-not-signed.avsc',
  'gateway.GatewayServiceRequest': 'gateway/gateway-service-request.avsc',
  'gateway.GatewayServiceToSign': 'gateway/gateway-service-to-sign.avsc',
  'gateway.GatewaySwitch': 'gateway/gateway-switch.avsc',
  'gateway.GatewayTimer': 'gateway/gateway-timer.avsc',
  'gateway.GatewayToSign': 'gateway/gateway-to-sign.avsc',
} as const satisfies Record<keyof Records, string>

/** CRC-64-AVRO of every record's schema, so that a schema is found without building all of them. */
export const fingerprints = {
  'payout.PayoutAccepted': 0x00b14c8ac84b27d2n,
  'payout.PayoutBatchRequested': 0x05b42057f6c315f8n,
  'payout.PayoutDecided': 0x4310000abb506eaan,
  'payout.PayoutFailed': 0x2d205bb65533ad47n,
  'payout.PayoutMismatched': 0xf3063122f8da15b3n,
  'payout.PayoutOverdue': 0x90717ba67321c8e6n,
  'payout.PayoutRefused': 0x266bb07166a36600n,
  'payout.PayoutRequested': 0x1d87c27066fa60a2n,
  'payout.PayoutResubmitted': 0x32f960b3eb299fc5n,
  'payout.PayoutReturnFileFailed': 0x50a310f27055b568n,
  'payout.PayoutReturnFileRead': 0xe0d91d9fb407a53en,
  'payout.PayoutReturned': 0xa24f6caf2159f10dn,
  'payout.PayoutSucceeded': 0xfb0a0edf26606df4n,
  'payout.PayoutUnresolved': 0xbd0d50c71a41963fn,
  'payout.ReturnFileRequested': 0xc8566e77150f19a9n,
  'agreement.AgreementFailed': 0x0da490ed93545308n,
  'agreement.AgreementFormReady': 0x9b286450d4334fe1n,
  'agreement.AgreementNotSigned': 0x96b75be55347ccecn,
  'agreement.AgreementOnHold': 0xa92cac5a34b2b8a6n,
  'agreement.AgreementRefused': 0xfd7ab3391386ce5cn,
  'agreement.AgreementSignRequested': 0xa4e7a33f8812009dn,
  'agreement.AgreementSigned': 0x5b22b067e0d23141n,
  'agreement.AgreementStatusRequested': 0x8fbc8c3bd236bffen,
  'agreement.AgreementUnsignRequested': 0xea35c45f54052d74n,
  'agreement.AgreementUnsigned': 0xae8a6eaec31b80a5n,
  'gateway.GatewayAgreementCommand': 0xa388eb371669d99an,
  'gateway.GatewayAgreementState': 0x6fb4e090c41496d1n,
  'gateway.GatewayAnswer': 0xc86c920ee2d6c997n,
  'gateway.GatewayAttempt': 0x6233afdf43bae3a4n,
  'gateway.GatewayDecision': 0x900b9cb0de614a13n,
  'gateway.GatewayFormToSign': 0xd36f62605943d43fn,
  'gateway.GatewayForm': 0x8754c91336cec6ffn,
  'gateway.GatewayNotSigned': 0x73ed844df27250b2n,
  'gateway.GatewayNotify': 0x432894db5a0e6e8bn,
  'gateway.GatewayRequest': 0xf4fd2100921361d2n,
  'gateway.GatewayReturnFileCommand': 0xe288ea6408a5765en,
  'gateway.GatewayReturnFileState': 0xc6204894f1548ae6n,
  'gateway.GatewayReturnRows': 0x3ded17de674109f5n,
  'gateway.GatewayReturnSchedule': 0x2782968be9039e86n,
  'gateway.GatewayServiceAnswer': 0x0baa1faba8e9a95bn,
  'gateway.GatewayServiceNotSigned': 0x40a478a0d8577912n,
  'gateway.GatewayServiceRequest': 0x1a5dfcbe4ccc199dn,
  'gateway.GatewayServiceToSign': 0xaa875fbbd84a72d2n,
  'gateway.GatewaySwitch': 0x804c4f6061e53b32n,
  'gateway.GatewayTimer': 0xb1d70661c5e0eeb5n,
  'gateway.GatewayToSign': 0xd596eb6181311875n,
} as const satisfies Record<keyof Records, bigint>
