import { brokerDefaults } from './server-properties.ts'
import { SHORT_LIVED_JVM } from './short-lived-jvm.ts'

/** The variable by which the image takes a broker setting: `a.b_c-d` is KAFKA_A_B__C___D. */
export function settingVariable(setting: string): string {
  const written: Record<string, string> = { '.': '_', _: '__', '-': '___' }
  return `KAFKA_${setting.replaceAll(/[._-]/g, (mark) => written[mark] ?? mark).toUpperCase()}`
}

/**
 * The image's environment for one broker that clients reach at `address`. It is the full set: the image drops its
 * own file of settings as soon as one is given.
 */
export function kafkaEnvironment(address: string, settings: Record<string, string>): Record<string, string> {
  const all = {
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@localhost:29093',
    'controller.listener.names': 'CONTROLLER',
    listeners: 'HOST://0.0.0.0:9092,INTERNAL://localhost:29092,CONTROLLER://localhost:29093',
    'advertised.listeners': `HOST://${address},INTERNAL://localhost:29092`,
    'listener.security.protocol.map': 'HOST:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    ...brokerDefaults(1, true),
    ...settings,
  }
  const entries = Object.entries(all).map(([setting, value]) => [settingVariable(setting), value])
  // What the scripts of the image hand to Java. The second takes the place of their own choice of a collector.
  const java = { KAFKA_HEAP_OPTS: '-Xmx512m', KAFKA_JVM_PERFORMANCE_OPTS: SHORT_LIVED_JVM.join(' ') }
  return { ...Object.fromEntries(entries), ...java }
}
