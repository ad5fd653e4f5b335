import { createHash } from 'node:crypto'
import type { GatewayForm } from '@payout/schemas/generated/records'

interface Held {
  readonly address: string
  readonly form: GatewayForm
}

/**
 * The forms that may be shown, as `gateway.forms` has them: the newest of each key, until it is taken away or has
 * expired. They are found by the hash of alias and token, so that how long a search takes tells nothing about a token.
 */
export class HeldForms {
  readonly #byKey = new Map<string, Held>()
  readonly #byAddress = new Map<string, string>()

  get size(): number {
    return this.#byKey.size
  }

  /** Puts a form in the place of the one that its key had. */
  put(key: string, form: GatewayForm): void {
    this.remove(key)
    const address = formAddress(form.partner, form.token)
    this.#byKey.set(key, { address, form })
    this.#byAddress.set(address, key)
  }

  remove(key: string): void {
    const held = this.#byKey.get(key)
    if (held === undefined) return
    this.#byKey.delete(key)
    this.#byAddress.delete(held.address)
  }

  /** The form that a partner's page with this token shows; it may have expired. */
  find(alias: string, token: string): GatewayForm | undefined {
    const key = this.#byAddress.get(formAddress(alias, token))
    return key === undefined ? undefined : this.#byKey.get(key)?.form
  }

  /** Drops what has expired at `now`, UTC milliseconds. */
  sweep(now: number): void {
    for (const [key, { form }] of this.#byKey) if (form.expiresAt <= now) this.remove(key)
  }
}

/** What a form is known by where its token may not stand: a hash of alias and token. */
export function formAddress(alias: string, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['form', 1, alias, token]))
    .digest('base64url')
}
