import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { MINUTE_MS } from '@payout/schemas/units'
import { customerUnsign, queryCustomerProtocol } from './agreement/agreement-services.ts'
import { Agreements } from './agreement/agreements.ts'
import { SigningHandler } from './agreement/signing-handler.ts'
import { type AcceptedBatch, Books } from './books/books.ts'
import { type ControlResult, control } from './control/control.ts'
import { type ControlRequest, controlCommandSchema } from './control/control-command.ts'
import type { AnswerDeclaration } from './gateway/answer.ts'
import type { FaultRates } from './gateway/fault.ts'
import { RequestLog } from './gateway/request-log.ts'
import type { CheckOrder, Uniqueness } from './gateway/sandbox-settings.ts'
import { type AgreementAnswers, Orders, type SandboxSettings } from './gateway/sandbox-settings.ts'
import { ServiceHandler } from './gateway/service-handler.ts'
import { Gateway } from './gateway.ts'
import { NotifyPost } from './notify/notify-post.ts'
import { NotifyService, type NotifyStyle } from './notify/notify-service.ts'
import { payerOf, type SandboxPartner } from './partners/sandbox-partner.ts'
import { ReturnFiles } from './return-file/return-files.ts'
import { bptbRefundFile } from './return-file/service.ts'
import { sandboxRoutes } from './sandbox-routes.ts'
import { SeededChance } from './seeded-chance.ts'
import { Journal } from './state/journal.ts'
import { restore, type StateRecord } from './state/state-record.ts'

export interface AlipaySandboxOptions {
  readonly partners: readonly SandboxPartner[]
  /** A free one by default. */
  readonly port?: number
  /** 127.0.0.1 by default. */
  readonly host?: string
  /** How many times faster than real time notifies are sent again and slow payees are paid; 1 by default. */
  readonly timeScale?: number
  /** How far the sandbox's clock is ahead of the machine's, in milliseconds; 0 by default. */
  readonly clockShiftMs?: number
  /** What chance depends on: faults, `notify_id`s, order of checks; 1 by default. */
  readonly seed?: number
  /** How long an answer waits; milliseconds, 0 by default. The books are written, and notifies may go, before it. */
  readonly answerDelayMs?: number
  /** How long the first notify waits after acceptance; milliseconds, 0 by default. */
  readonly notifyDelayMs?: number
  /** A file in which the books and the notifies' states survive a restart. */
  readonly stateFile?: string
  readonly faults?: FaultRates
  /** `batch` by default: the batch number is looked at before the serials and the balance. */
  readonly checkOrder?: CheckOrder
  /** Whether batch numbers and serials must be unique: both by default. For tests of other layers. */
  readonly uniqueness?: boolean | Uniqueness
  /** How agreements that are not there are answered about: F for both parts, and T for unsigning, by default. */
  readonly agreementAnswers?: Partial<AgreementAnswers>
  /** What the XML declaration of answers says; `GBK` by default. */
  readonly answerDeclaration?: AnswerDeclaration
  /**
   * Empty success reasons, a bar behind the last row, malformed content type, `notify_id`s of 34 characters by default.
   */
  readonly notifyStyle?: Partial<NotifyStyle>
  /** Notifies under way at once; 16 by default. */
  readonly notifyConcurrency?: number
  /** How long a merchant may take to answer a notify; milliseconds, 30,000 by default. */
  readonly notifyTimeoutMs?: number
  /** PEM of the authority that signed the certificate of an https notify address. */
  readonly notifyCa?: string
}

/** A running stand-in for Alipay's side. */
export interface AlipaySandbox {
  /** The gateway's address: `http://127.0.0.1:…/gateway.do`. */
  readonly url: string
  readonly books: Books
  readonly requests: RequestLog
  readonly notifies: NotifyService
  readonly agreements: Agreements
  readonly returnFiles: ReturnFiles
  /** Changes its behaviour; the same as `POST /sandbox/control`. */
  control(command: ControlRequest): Promise<ControlResult>
  /** Sends nothing more, closes every connection; what was not acknowledged waits in the state file. */
  stop(): Promise<void>
}

/**
 * Starts a stand-in for Alipay's side of the partner gateway over HTTP: checks requests as strictly as the documents
 * say, keeps books, answers in XML, and tells the merchant with signed notifies. It is for tests and for trying things
 * out: it moves no money.
 */
export async function startAlipaySandbox(options: AlipaySandboxOptions): Promise<AlipaySandbox> {
  const settings = settingsOf(options)
  const timeScale = options.timeScale ?? 1
  const now = () => Date.now() + settings.clockShiftMs
  const chance = new SeededChance(options.seed ?? 1)
  const books = new Books(timeScale)
  const partners = new Map(options.partners.map((partner) => [partner.alias, partner]))
  const connections = options.notifyConcurrency ?? 16
  const post = new NotifyPost({ connections, timeoutMs: options.notifyTimeoutMs ?? 30_000, ca: options.notifyCa })
  let journal: Journal<StateRecord> | undefined
  const notifies = new NotifyService({
    partners,
    post,
    concurrency: connections,
    timeScale,
    style: {
      successReason: '',
      lastBar: true,
      contentType: 'malformed',
      namesCharset: false,
      idForm: 'hex',
      ...options.notifyStyle,
    },
    settings,
    chance,
    now,
    onSent: (notifyId) => journal?.append({ kind: 'sent', notifyId }),
    onAcknowledged: (notifyId) => journal?.append({ kind: 'acknowledged', notifyId }),
  })
  const setBalance = (alias: string, payer: string, balanceFen: number | undefined) => {
    journal?.append({ kind: 'balance', alias, payer, balanceFen: balanceFen ?? null })
    books.setBalance(alias, payer, balanceFen)
  }
  const agreements = new Agreements(chance, (record) => journal?.append(record))
  const returnFiles = new ReturnFiles((fixture) => journal?.append({ kind: 'return-file', fixture }))
  for (const { alias, accounts } of options.partners) {
    for (const account of accounts) books.setBalance(alias, payerOf(account), account.balanceFen)
  }
  if (options.stateFile !== undefined) {
    journal = Journal.open<StateRecord>(options.stateFile, (record) =>
      restore(record, { books, notifies, agreements, returnFiles }),
    )
    notifies.resume()
  }
  const accept = (batch: AcceptedBatch) => {
    journal?.append({ kind: 'batch', batch })
    const entries = books.accept(batch)
    notifies.open(batch, entries, books.batchCount(batch.alias, batch.batchNo))
  }
  const [requests, orders] = [new RequestLog(), new Orders()]
  const partnersById = new Map(options.partners.map((partner) => [partner.partnerId, partner]))
  const handled = { partnersById, agreements, requests, orders, settings, chance, now }
  const signingHandler = new SigningHandler(handled)
  const services = [queryCustomerProtocol(handled), customerUnsign(handled), bptbRefundFile(returnFiles, now)]
  const gateway = new Gateway({
    ...handled,
    books,
    notifies,
    accept,
    signingHandler,
    serviceHandler: new ServiceHandler({ ...handled, accounts: agreements }),
    services,
  })
  const controlled = { partners, books, notifies, agreements, returnFiles, orders, settings, setBalance }
  const dependencies = { ...controlled, requests, gateway, signingHandler }
  const server = http.createServer({ keepAliveTimeout: MINUTE_MS }, sandboxRoutes(dependencies))
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}/gateway.do`,
    books,
    requests,
    notifies,
    agreements,
    returnFiles,
    control: async (command) => control(controlCommandSchema.parse(command), dependencies),
    stop: async () => {
      notifies.stop()
      post.close()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      journal?.close()
      journal = undefined
    },
  }
}

function settingsOf(options: AlipaySandboxOptions): SandboxSettings {
  const { uniqueness = true } = options
  return {
    uniqueness: typeof uniqueness === 'boolean' ? { batchNo: uniqueness, serial: uniqueness } : uniqueness,
    checkOrder: options.checkOrder ?? 'batch',
    faults: options.faults ?? {},
    answerDelayMs: options.answerDelayMs ?? 0,
    notifyDelayMs: options.notifyDelayMs ?? 0,
    clockShiftMs: options.clockShiftMs ?? 0,
    answerDeclaration: options.answerDeclaration ?? 'GBK',
    agreementAnswers: { leaveOut: false, unsignMissing: 'T', ...options.agreementAnswers },
  }
}
