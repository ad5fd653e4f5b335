import { HOUR_MS, MINUTE_MS } from '@payout/schemas/units'
import { isAcknowledged, type MerchantAnswer, type NotifyPost } from './notify-post.ts'

/**
 * The delays before the second to the eighth sending of a notify that was not acknowledged (batch_trans_notify_no_pwd
 * 1.3 §7.2, BTN-14).
 */
const RETRY_DELAYS_MS: readonly number[] = [
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  6 * HOUR_MS,
  15 * HOUR_MS,
]

/** A notify and what became of it. */
export interface Notify<C = unknown> {
  readonly notifyId: string
  readonly alias: string
  readonly batchNo: string
  readonly url: string
  readonly content: C
  /** How often it was sent by the retry schedule. */
  sent: number
  acknowledged: boolean
  /** Sent eight times without an acknowledgement: it is not sent again. */
  abandoned: boolean
  /** What the merchant answered last. */
  lastAnswer: MerchantAnswer | undefined
}

export interface NotifyCounts {
  readonly total: number
  readonly acknowledged: number
  readonly abandoned: number
  /** Neither acknowledged nor abandoned. */
  readonly open: number
  readonly held: number
}

export interface NotifySchedulerDependencies<C> {
  readonly post: Pick<NotifyPost, 'send'>
  /** Notifies under way at once. */
  readonly concurrency: number
  readonly timeScale: number
  /** Makes content type and body anew for each sending. */
  readonly write: (notify: Notify<C>) => { readonly contentType: string; readonly body: string }
  /** What goes wrong with this sending. */
  readonly fault: (notify: Notify<C>) => { readonly twice: boolean; readonly hangUp: boolean }
  readonly onSent: (notify: Notify<C>) => void
  readonly onAcknowledged: (notify: Notify<C>) => void
}

/**
 * Sends notifies and keeps them until the merchant says `success`: again after 2m, 10m, 10m, 1h, 2h, 6h, 15h with the
 * same `notify_id` (batch_trans_notify_no_pwd 1.3 §7.2), a bounded number at once, in the order in which they fall due.
 */
export class NotifyScheduler<C> {
  readonly #dependencies: NotifySchedulerDependencies<C>
  readonly #notifies = new Map<string, Notify<C>>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #heldAliases = new Set<string>()
  #holdsAll = false
  #held: Notify<C>[] = []
  #queue: Notify<C>[] = []
  #next = 0
  #underWay = 0
  #acknowledged = 0
  #abandoned = 0
  #stopped = false

  constructor(dependencies: NotifySchedulerDependencies<C>) {
    this.#dependencies = dependencies
  }

  /** Takes a notify in without sending it. */
  add(notify: Omit<Notify<C>, 'sent' | 'acknowledged' | 'abandoned' | 'lastAnswer'>): Notify<C> {
    const whole = { ...notify, sent: 0, acknowledged: false, abandoned: false, lastAnswer: undefined }
    this.#notifies.set(notify.notifyId, whole)
    return whole
  }

  get(notifyId: string): Notify<C> | undefined {
    return this.#notifies.get(notifyId)
  }

  all(): Iterable<Notify<C>> {
    return this.#notifies.values()
  }

  counts(): NotifyCounts {
    const total = this.#notifies.size
    const [acknowledged, abandoned] = [this.#acknowledged, this.#abandoned]
    return { total, acknowledged, abandoned, open: total - acknowledged - abandoned, held: this.#held.length }
  }

  /** Sends a notify after a delay (real milliseconds). */
  schedule(notify: Notify<C>, delayMs: number): void {
    if (this.#stopped) return
    if (delayMs <= 0) {
      this.#due(notify)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#due(notify)
    }, delayMs)
    this.#timers.add(timer)
  }

  /** Sends a notify that is not acknowledged again, by the retry schedule; gives up after the eighth sending. */
  scheduleRetry(notify: Notify<C>): void {
    const delayMs = this.#retryDelayOf(notify)
    if (delayMs !== undefined) this.schedule(notify, delayMs)
  }

  /** Goes on with a notify of a former life: what was sent before is sent again at once. */
  resume(notify: Notify<C>, firstDelayMs: number): void {
    if (notify.sent === 0) this.schedule(notify, firstDelayMs)
    else if (this.#retryDelayOf(notify) !== undefined) this.schedule(notify, 0)
  }

  /** Sends it now, outside the retry schedule, acknowledged or not. */
  async sendNow(notify: Notify<C>): Promise<MerchantAnswer> {
    const { contentType, body } = this.#dependencies.write(notify)
    const answer = await this.#dependencies.post.send(notify.url, contentType, body)
    this.#note(notify, answer)
    return answer
  }

  /** Holds the notifies of a partner, or all of them; those that fall due wait until they are let go. */
  hold(alias: string | undefined): void {
    if (alias === undefined) this.#holdsAll = true
    else this.#heldAliases.add(alias)
  }

  release(alias: string | undefined): void {
    if (alias === undefined) {
      this.#holdsAll = false
      this.#heldAliases.clear()
    } else this.#heldAliases.delete(alias)
    const held = this.#held
    this.#held = []
    for (const notify of held) this.#due(notify)
  }

  /** Marks a notify as acknowledged: from now on `notify_verify` says `false`. */
  acknowledge(notify: Notify<C>): void {
    if (notify.acknowledged) return
    notify.acknowledged = true
    this.#acknowledged += 1
    if (notify.abandoned) {
      notify.abandoned = false
      this.#abandoned -= 1
    }
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#queue = []
    this.#next = 0
  }

  #due(notify: Notify<C>): void {
    if (this.#stopped || notify.acknowledged) return
    if (this.#holdsAll || this.#heldAliases.has(notify.alias)) this.#held.push(notify)
    else this.#queue.push(notify)
    this.#pump()
  }

  #pump(): void {
    while (this.#underWay < this.#dependencies.concurrency && this.#next < this.#queue.length) {
      const notify = this.#queue[this.#next]
      this.#next += 1
      // Shifting a long array copies it each time: the front is cut off now and then instead.
      if (this.#next > 1_024 && this.#next * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#next)
        this.#next = 0
      }
      if (notify === undefined || notify.acknowledged) continue
      this.#underWay += 1
      void this.#send(notify).finally(() => {
        this.#underWay -= 1
        this.#pump()
      })
    }
  }

  async #send(notify: Notify<C>): Promise<void> {
    notify.sent += 1
    this.#dependencies.onSent(notify)
    const { twice, hangUp } = this.#dependencies.fault(notify)
    const { contentType, body } = this.#dependencies.write(notify)
    const sendings = [this.#dependencies.post.send(notify.url, contentType, body, hangUp)]
    if (twice) sendings.push(this.#dependencies.post.send(notify.url, contentType, body))
    for (const answer of await Promise.all(sendings)) this.#note(notify, answer)
    this.scheduleRetry(notify)
  }

  #retryDelayOf(notify: Notify<C>): number | undefined {
    if (notify.acknowledged || notify.abandoned || this.#stopped) return undefined
    const delayMs = retryDelayMs(notify.sent, this.#dependencies.timeScale)
    if (delayMs === undefined) {
      notify.abandoned = true
      this.#abandoned += 1
    }
    return delayMs
  }

  #note(notify: Notify<C>, answer: MerchantAnswer): void {
    if (this.#stopped) return
    notify.lastAnswer = answer
    if (!isAcknowledged(answer) || notify.acknowledged) return
    this.acknowledge(notify)
    this.#dependencies.onAcknowledged(notify)
  }
}

/**
 * How long to wait after a notify was sent `sent` times without an acknowledgement.
 *
 * @param timeScale how many times faster than the real schedule
 * @returns milliseconds, or undefined when Alipay gives up
 */
function retryDelayMs(sent: number, timeScale: number): number | undefined {
  const delay = RETRY_DELAYS_MS[sent - 1]
  return delay === undefined ? undefined : delay / timeScale
}
