import type { Notify } from '@payout/mapi/notify/notify'
import { PublisherFullError } from '@payout/runtime/event-log/errors'
import type { StoredNotifies } from '@payout/runtime/redis/port'
import { RefusalError } from '../http/refusal.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { Acceptance } from './acceptance.ts'
import type { AddressedPartner } from './addressed-partner.ts'
import { checkNotify } from './notify-check.ts'
import type { NotifyLog } from './notify-log.ts'
import type { NotifyVerification } from './notify-verification.ts'
import { SingleFlight } from './single-flight.ts'

/** A body as it came. */
export interface Delivery {
  readonly partner: AddressedPartner
  readonly body: Buffer
  /** The content type as it came, however malformed. */
  readonly contentType: string | undefined
  /** UTC milliseconds. */
  readonly receivedAt: number
}

export interface IngressDependencies {
  readonly storedNotifies: StoredNotifies
  readonly verification: Pick<NotifyVerification, 'confirms'>
  readonly log: Pick<NotifyLog, 'append'>
  readonly metrics: Pick<IngressMetrics, 'redisFailed'>
}

/**
 * What happens to a notify, in this order:
 *
 *  1. Form and signature are checked (BTN-10, BTN-12).
 *  2. A notify that is stored already is answered with `success` again.
 *  3. Alipay is asked whether it sent the notify (`notify_verify`).
 *  4. The notify is appended to `gateway.notifies`; then Redis notes that it is stored (S7.1).
 */
export class Ingress {
  readonly #dependencies: IngressDependencies
  readonly #underWay = new SingleFlight<Acceptance>()

  constructor(dependencies: IngressDependencies) {
    this.#dependencies = dependencies
  }

  /**
   * Resolves when the notify is safely stored, now or before, and so may be answered with `success`.
   * @throws RefusalError with the reason. Nothing was stored then, or nobody knows (`log-unavailable`); the notify
   *   comes again (BTN-14).
   */
  async accept(delivery: Delivery): Promise<Acceptance> {
    const notify = checkNotify(delivery.body, delivery.contentType, delivery.partner)
    // The content is part of the key: the same notify_id with other content is new evidence (S2.6).
    const key = `${delivery.partner.alias}/${notify.notifyId}/${notify.contentHash}`
    const { result, first } = await this.#underWay.run(key, () => this.#store(key, notify, delivery))
    return first ? result : 'stored-before'
  }

  async #store(key: string, notify: Notify, { partner, body, contentType, receivedAt }: Delivery): Promise<Acceptance> {
    if (await this.#storedBefore(key)) return 'stored-before'

    if (!(await this.#dependencies.verification.confirms(partner.partnerId, notify.notifyId))) {
      // Alipay confirms no id that it was given `success` for: another instance may just have stored this one and
      // answered.
      if (await this.#storedBefore(key)) return 'stored-before'
      throw new RefusalError('not-confirmed', 'Alipay does not confirm the notify_id')
    }

    await this.#append({
      partner: partner.alias,
      batchNo: notify.batchNo,
      notifyId: notify.notifyId,
      contentHash: notify.contentHash,
      body,
      contentType: contentType ?? null,
      charset: notify.charset,
      key: notify.key,
      receivedAt,
    })
    await this.#noteStored(key)
    return 'stored'
  }

  async #append(notify: Parameters<NotifyLog['append']>[0]): Promise<void> {
    try {
      await this.#dependencies.log.append(notify)
    } catch (cause) {
      const reason = cause instanceof PublisherFullError ? 'overloaded' : 'log-unavailable'
      throw new RefusalError(reason, 'the notify was not stored', { cause })
    }
  }

  /**
   * Without Redis a notify counts as not stored: it goes to Kafka once more, and the reconciler knows it by its id
   * (S7.1).
   */
  async #storedBefore(key: string): Promise<boolean> {
    try {
      return await this.#dependencies.storedNotifies.has(key)
    } catch {
      this.#dependencies.metrics.redisFailed('has')
      return false
    }
  }

  /** Kafka has it, so it is answered with `success` in any case. */
  async #noteStored(key: string): Promise<void> {
    try {
      await this.#dependencies.storedNotifies.add(key)
    } catch {
      this.#dependencies.metrics.redisFailed('add')
    }
  }
}
