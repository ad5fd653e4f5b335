/** The Kafka of the tests, reached through a proxy that can spoil what goes between. */
import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import { Ground } from './ground.ts'
import { KafkaProxy, type ProxyRules } from './kafka-proxy.ts'

export class ProxiedGround extends Ground {
  readonly #addresses: string[]
  #proxy: KafkaProxy | undefined

  constructor(addresses: string[] = []) {
    super(addresses)
    this.#addresses = addresses
  }

  /** What happens to requests and answers from now on; nothing at the beginning of each test. */
  set rules(rules: ProxyRules) {
    if (this.#proxy === undefined) throw new Error('the proxy does not listen yet')
    this.#proxy.rules = rules
  }

  async listen(broker: string): Promise<void> {
    this.#proxy = await KafkaProxy.listen(broker)
    this.#addresses.push(this.#proxy.address)
  }

  async close(): Promise<void> {
    await this.#proxy?.close()
  }
}

/** For the tests of the file that calls it. */
export function proxiedGround(): ProxiedGround {
  const ground = new ProxiedGround()
  beforeAll(async () => {
    const [broker = ''] = inject('brokers')
    await ground.listen(broker)
  })
  beforeEach(() => {
    ground.rules = {}
  })
  afterAll(() => ground.close())
  return ground
}
