/** What the settings of one broker are made from. */
export interface BrokerPlace {
  /** `node.id`, from 1. */
  readonly id: number
  /** Where clients and the other brokers reach this broker, on 127.0.0.1. */
  readonly port: number
  /** Every node of the cluster with the port of its controller; this node too. */
  readonly controllers: readonly { readonly id: number; readonly port: number }[]
  /** The folder of the log segments; absolute. */
  readonly dataFolder: string
  /** Whether it finds its data there. */
  readonly goesOn: boolean
}

/**
 * Broker settings that hold however the broker is run: small internal topics and no waiting for group members, so that
 * a test spends no time on them; no topic that nobody asked for; records as large as the pipeline's largest (4 MiB).
 */
export function brokerDefaults(brokers: 1 | 3, goesOn: boolean): Record<string, string> {
  const replicas = String(brokers)
  const inSync = brokers === 3 ? '2' : '1'
  return {
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': '8',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '8',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    'message.max.bytes': '5242880',
    'replica.fetch.max.bytes': '5242880',
    'log.cleaner.dedupe.buffer.size': '33554432',
    // How long a killed broker keeps its place; until then it is not let in again when it comes back. One that has
    // neither other brokers nor a past has nobody to wait for it, and a busy machine may keep it from its heartbeat for
    // a while.
    'broker.session.timeout.ms': brokers === 1 && !goesOn ? '60000' : '4000',
    'broker.heartbeat.interval.ms': brokers === 1 && !goesOn ? '2000' : '500',
    // By default a controller without work writes to its log twice a second.
    'metadata.max.idle.interval.ms': '0',
  }
}

/** All settings of one broker that is its own controller too (KRaft); `settings` win over the defaults. */
export function brokerSettings(place: BrokerPlace, settings: Record<string, string> = {}): Record<string, string> {
  const brokers = place.controllers.length === 3 ? 3 : 1
  const controllerPort = place.controllers.find(({ id }) => id === place.id)?.port
  if (controllerPort === undefined) throw new RangeError(`broker ${place.id} is not among the controllers`)
  return {
    'process.roles': 'broker,controller',
    'node.id': String(place.id),
    'controller.quorum.voters': place.controllers.map(({ id, port }) => `${id}@127.0.0.1:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${place.port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${place.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': place.dataFolder,
    ...brokerDefaults(brokers, place.goesOn),
    ...settings,
  }
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' }

/**
 * A key or value as Java's `Properties.store` writes it: ASCII, blanks escaped where they would be taken as a
 * separator.
 */
function escaped(text: string, isKey: boolean): string {
  let out = ''
  for (let index = 0; index < text.length; index++) {
    const unit = text.charAt(index)
    if (unit in ESCAPES) out += ESCAPES[unit]
    else if ('=:#!'.includes(unit) || (unit === ' ' && (isKey || index === 0))) out += `\\${unit}`
    else if (unit < ' ' || unit > '~') out += `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    else out += unit
  }
  return out
}

/** The settings as the text of a `server.properties` file (ASCII). */
export function serverProperties(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${escaped(key, true)}=${escaped(value, false)}\n`)
    .join('')
}
