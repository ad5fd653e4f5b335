import { signForm } from '@payout/mapi/signature/signed-form'
import type { Charset } from '@payout/mapi/wire/charset'
import type { AcceptedBatch, BookEntry } from '../books/books.ts'
import type { SandboxSettings } from '../gateway/sandbox-settings.ts'
import { payerOf, type SandboxPartner } from '../partners/sandbox-partner.ts'
import type { SeededChance } from '../seeded-chance.ts'
import { type Forgery, forgeNotify } from './forged-notify.ts'
import { contentTypeOf, type NotifyContent, type NotifyContentType, notifyParameters } from './notify-form.ts'
import { type PlannedNotify, planNotifies, type RowStyle } from './notify-plan.ts'
import type { MerchantAnswer, NotifyPost } from './notify-post.ts'
import { type Notify, type NotifyCounts, NotifyScheduler } from './notify-scheduler.ts'

/** How notifies look; real ones differ from the documents' samples. */
export interface NotifyStyle extends RowStyle {
  readonly contentType: NotifyContentType
  /** Send `_input_charset` as one of the signed fields. */
  readonly namesCharset: boolean
  /**
   * `hex`: 34 letters and digits as in real notifies; `percent`: with a percent sign and a slash in it
   * (batch_trans_notify_no_pwd 1.3 §9).
   */
  readonly idForm: 'hex' | 'percent'
}

export interface NotifyServiceDependencies {
  readonly partners: ReadonlyMap<string, SandboxPartner>
  readonly post: NotifyPost
  readonly concurrency: number
  readonly timeScale: number
  readonly style: NotifyStyle
  readonly settings: SandboxSettings
  readonly chance: SeededChance
  readonly now: () => number
  /** Called before a notify is sent, and once it is acknowledged: for what must survive a restart. */
  readonly onSent: (notifyId: string) => void
  readonly onAcknowledged: (notifyId: string) => void
}

/** What a command says of a notify that is sent by hand. */
interface GivenNotify {
  readonly alias: string
  readonly url: string
  readonly batchNo: string
  readonly notifyId?: string | undefined
  readonly successDetails: string
  readonly failDetails: string
}

interface BatchNotifyContent extends NotifyContent {
  readonly charset: Charset
  /** When it falls due first; UTC milliseconds by the sandbox's clock. */
  readonly dueAt: number
  readonly followedBy: PlannedNotify | undefined
}

type BatchNotify = Notify<BatchNotifyContent>

/** Tells merchants what became of their batches, and `notify_verify` which notifies are genuine. */
export class NotifyService {
  readonly #dependencies: NotifyServiceDependencies
  readonly #scheduler: NotifyScheduler<BatchNotifyContent>
  readonly #byBatch = new Map<string, BatchNotify[]>()

  constructor(dependencies: NotifyServiceDependencies) {
    this.#dependencies = dependencies
    const { post, concurrency, timeScale, settings, chance } = dependencies
    this.#scheduler = new NotifyScheduler({
      post,
      concurrency,
      timeScale,
      write: (notify) => this.#write(notify),
      fault: ({ notifyId, sent }) => ({
        twice: chance.happens(settings.faults['notify-twice'] ?? 0, 'notify-twice', notifyId, sent),
        hangUp: chance.happens(settings.faults['notify-answer-lost'] ?? 0, 'notify-answer-lost', notifyId, sent),
      }),
      onSent: ({ notifyId }) => dependencies.onSent(notifyId),
      onAcknowledged: (notify) => {
        dependencies.onAcknowledged(notify.notifyId)
        const follower = this.#follow(notify)
        if (follower !== undefined) this.#scheduler.schedule(follower, 0)
      },
    })
  }

  /** Takes an accepted batch and sends its notifies when they are due. */
  open(batch: AcceptedBatch, entries: readonly BookEntry[], copy: number): void {
    const now = this.#dependencies.now()
    for (const notify of this.restore(batch, entries, copy))
      this.#scheduler.schedule(notify, notify.content.dueAt - now)
  }

  /**
   * Takes an accepted batch without sending anything.
   *
   * @param copy 1, or more where the same batch number was accepted again
   */
  restore(batch: AcceptedBatch, entries: readonly BookEntry[], copy: number): readonly BatchNotify[] {
    const { notifyUrl } = batch
    const partner = this.#dependencies.partners.get(batch.alias)
    if (notifyUrl === undefined || partner === undefined) return []
    const payUserName = partner.accounts.find((account) => payerOf(account) === batch.payer)?.name ?? batch.payer
    return planNotifies(entries, this.#dependencies.style).map((planned) =>
      this.#add(planned, { ...batch, notifyUrl, payUserName, charset: partner.charset }, copy),
    )
  }

  /** Notes what a former life of the sandbox has done. */
  restoreSent(notifyId: string): void {
    const notify = this.#scheduler.get(notifyId)
    if (notify !== undefined) notify.sent += 1
  }

  restoreAcknowledged(notifyId: string): void {
    const notify = this.#scheduler.get(notifyId)
    if (notify === undefined) return
    this.#scheduler.acknowledge(notify)
    this.#follow(notify)
  }

  /** Goes on with all that was restored and is still open; what was sent before is sent again at once. */
  resume(): void {
    const now = this.#dependencies.now()
    for (const notify of this.#scheduler.all()) this.#scheduler.resume(notify, notify.content.dueAt - now)
  }

  /**
   * What `notify_verify` answers: `true` while the notify waits for its acknowledgement (batch_trans_notify_no_pwd 1.3
   * §7.2, §9).
   */
  verify(alias: string | undefined, notifyId: string): 'true' | 'false' | 'invalid' {
    const notify = this.#scheduler.get(notifyId)
    if (notify === undefined || notify.alias !== alias) return 'invalid'
    return notify.acknowledged ? 'false' : 'true'
  }

  all(): Iterable<BatchNotify> {
    return this.#scheduler.all()
  }

  counts(): NotifyCounts {
    return this.#scheduler.counts()
  }

  hold(alias: string | undefined): void {
    this.#scheduler.hold(alias)
  }

  release(alias: string | undefined): void {
    this.#scheduler.release(alias)
  }

  /** Sends what was sent before once more, outside the retry schedule; the merchant's answers, in order. */
  async resend(notifyId: string | undefined, batchNo: string | undefined, times: number): Promise<MerchantAnswer[]> {
    const named = notifyId === undefined ? undefined : this.#scheduler.get(notifyId)
    const notifies = named === undefined ? (this.#byBatch.get(batchNo ?? '') ?? []) : [named]
    const answers: MerchantAnswer[] = []
    for (let time = 0; time < times; time += 1) {
      answers.push(...(await Promise.all(notifies.map((notify) => this.#scheduler.sendNow(notify)))))
    }
    return answers
  }

  /** Sends a genuine notify with any content, by the retry schedule; its first sending is over when this returns. */
  async send(given: GivenNotify): Promise<BatchNotify | undefined> {
    const partner = this.#dependencies.partners.get(given.alias)
    if (partner === undefined) return undefined
    const { alias, batchNo, url } = given
    const notifyId =
      given.notifyId ?? this.#dependencies.chance.hex('sent', alias, batchNo, this.#scheduler.counts().total)
    const content = this.#content(partner, { ...given, notifyId: notifyId.slice(0, 128) })
    const notify = this.#scheduler.add({ notifyId: content.notifyId, alias, batchNo, url, content })
    notify.sent = 1
    await this.#scheduler.sendNow(notify)
    this.#scheduler.scheduleRetry(notify)
    return notify
  }

  /** Sends a notify that is not genuine, once. */
  async forge(given: GivenNotify & { readonly forgery: Forgery }): Promise<MerchantAnswer | undefined> {
    const partner = this.#dependencies.partners.get(given.alias)
    if (partner === undefined) return undefined
    const notifyId = this.#dependencies.chance.hex('forged', Math.random())
    const content = this.#content(partner, { ...given, notifyId })
    const { parameters } = notifyParameters(partner, content, partner.charset, this.#dependencies.now(), false)
    const { contentType, body } = await forgeNotify(given.forgery, parameters, partner.alipaySigningKey)
    return this.#dependencies.post.send(given.url, contentType, body)
  }

  stop(): void {
    this.#scheduler.stop()
  }

  #content(
    partner: SandboxPartner,
    { notifyId, batchNo, successDetails, failDetails }: Omit<NotifyContent, 'payUserName'>,
  ): BatchNotifyContent {
    return {
      notifyId,
      batchNo,
      successDetails,
      failDetails,
      payUserName: partner.accounts[0]?.name ?? '',
      charset: partner.charset,
      dueAt: this.#dependencies.now(),
      followedBy: undefined,
    }
  }

  #add(
    planned: PlannedNotify,
    about: Pick<AcceptedBatch, 'alias' | 'batchNo' | 'acceptedAt' | 'charset'> & {
      readonly notifyUrl: string
      readonly payUserName: string
    },
    copy: number,
  ): BatchNotify {
    const { alias, batchNo, notifyUrl, payUserName, charset, acceptedAt } = about
    const { settings, timeScale } = this.#dependencies
    const notifyId = this.#newId(alias, batchNo, copy, planned.part)
    const { successDetails, failDetails, followedBy } = planned
    const dueAt = acceptedAt + settings.notifyDelayMs + planned.delayMs / timeScale
    const content = { notifyId, batchNo, payUserName, successDetails, failDetails, charset, dueAt, followedBy }
    const notify = this.#scheduler.add({ notifyId, alias, batchNo, url: notifyUrl, content })
    const others = this.#byBatch.get(batchNo)
    if (others === undefined) this.#byBatch.set(batchNo, [notify])
    else others.push(notify)
    return notify
  }

  #follow({ alias, batchNo, url, notifyId, content }: BatchNotify): BatchNotify | undefined {
    if (content.followedBy === undefined) return undefined
    const about = { ...content, alias, batchNo, notifyUrl: url, acceptedAt: content.dueAt }
    const follower = this.#newId(alias, batchNo, 0, notifyId)
    return this.#scheduler.get(follower) ?? this.#add({ ...content.followedBy, part: notifyId }, about, 0)
  }

  #newId(alias: string, batchNo: string, copy: number, part: string): string {
    const hex = this.#dependencies.chance.hex('notify', alias, batchNo, copy, part)
    return this.#dependencies.style.idForm === 'hex'
      ? `${hex.slice(0, 32)}k1`
      : `${hex.slice(0, 20)}%2F${hex.slice(20, 30)}/+=`
  }

  #write(notify: BatchNotify): { readonly contentType: string; readonly body: string } {
    const partner = this.#dependencies.partners.get(notify.alias)
    if (partner === undefined) return { contentType: 'text/plain', body: '' }
    const { style, now } = this.#dependencies
    const { content } = notify
    const { charset, parameters } = notifyParameters(partner, content, content.charset, now(), style.namesCharset)
    return {
      contentType: contentTypeOf(style.contentType, charset),
      body: signForm(parameters, partner.alipaySigningKey).body,
    }
  }
}
