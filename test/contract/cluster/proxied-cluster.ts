/** Three brokers, each reached through a proxy of its own that can spoil what goes between. */
import type { KafkaNode } from '@payout/sandbox/provision/kafka/kafka-provision'
import { type Provisioned, provision } from '@payout/sandbox/provision/provision'
import { Ground } from '../event-log/ground.ts'
import { KafkaProxy, type ProxyRules } from '../event-log/kafka-proxy.ts'

/** A partition is led by its preferred leader a second after that is in sync. */
const LEADERS_SETTLE_SOON = { 'leader.imbalance.check.interval.seconds': '1' }

export class ProxiedCluster extends Ground {
  /** The brokers' own addresses, which go around the proxies. */
  readonly direct: readonly string[]
  readonly #provisioned: Provisioned
  readonly #proxies: readonly KafkaProxy[]

  private constructor(provisioned: Provisioned, proxies: readonly KafkaProxy[]) {
    super(
      proxies.map(({ address }) => address),
      3,
    )
    this.direct = provisioned.kafka.brokers
    this.#provisioned = provisioned
    this.#proxies = proxies
  }

  static async start(): Promise<ProxiedCluster> {
    const settings = { 'group.min.session.timeout.ms': '1000', ...LEADERS_SETTLE_SOON }
    const provisioned = await provision({ brokers: 3, kafkaSettings: settings, light: true, prefer: 'processes' })
    const places = new Map<number, number>()
    const proxies = await Promise.all(provisioned.kafka.brokers.map((broker) => KafkaProxy.listen(broker, places)))
    return new ProxiedCluster(provisioned, proxies)
  }

  /** What happens to requests and answers from now on. */
  set rules(rules: ProxyRules) {
    for (const proxy of this.#proxies) proxy.rules = rules
  }

  /** The broker at an address of its own. */
  node(broker: string): KafkaNode {
    const found = this.#provisioned.kafka.nodes.find(({ address }) => address === broker)
    if (found === undefined) throw new RangeError(`no broker listens at ${broker}`)
    return found
  }

  async stop(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
    await this.#provisioned.stop()
  }
}
