import { loadPartners } from '@payout/runtime/partners/partners'

/** Another stand-in for Alipay's side, in the sandbox's place. */
export interface StandIn {
  /** Its gateway. */
  readonly gatewayUrl: string
  /** The partners file that knows its keys. */
  readonly partnersFile: string
}

/**
 * The port of this machine to which the partners' notifies are sent; undefined where they are sent elsewhere (through a
 * proxy, say).
 * @throws ConfigurationError when the partners file is wrong
 */
export function notifyPortOf({ partnersFile }: StandIn): number | undefined {
  const ports = loadPartners(partnersFile, { mode: 'sandbox', need: 'none' })
    .list()
    .map(({ notifyUrl }) => new URL(notifyUrl))
    .filter(({ hostname, protocol }) => protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname))
    .map(({ port }) => Number(port || 80))
  return ports[0]
}

/** The first partner of a partners file: who is paid for where none is named. */
export function firstPartner(partnersFile: string): string {
  const [first] = loadPartners(partnersFile, { mode: 'sandbox', need: 'none' }).list()
  return first?.alias ?? ''
}
