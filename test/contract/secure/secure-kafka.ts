/**
 * One broker that speaks plainly, by TLS with a log-in, and by TLS with certificates of the clients, each on a port
 * of its own.
 */
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { classArchive } from '@payout/sandbox/provision/kafka/class-archive'
import { findJava } from '@payout/sandbox/provision/kafka/java'
import { KafkaProcess } from '@payout/sandbox/provision/kafka/kafka-process'
import { brokerSettings } from '@payout/sandbox/provision/kafka/server-properties'
import { runCommand } from '@payout/sandbox/provision/process/command'
import { freePort } from '@payout/sandbox/provision/process/free-port'
import { Lifeline } from '@payout/sandbox/provision/process/lifeline'
import { kafkaJars, mavenFolder } from '@payout/sandbox/provision/process/maven-folder'
import { authority, type Certificate, certificate } from './certificates.ts'

export const USER = 'payout-test'
export const PASSWORD = 'the-right-password'

/** How the broker is reached: addresses, `host:port`, and files of PEM. */
export interface SecureAccess {
  readonly at: {
    readonly plain: string
    /** TLS and a log-in by SCRAM-SHA-512 or PLAIN. */
    readonly login: string
    /** TLS and a log-in by SCRAM-SHA-256. */
    readonly login256: string
    /** TLS that wants a certificate of the client. */
    readonly mutual: string
    /** TLS with the certificate of another host. */
    readonly elsewhere: string
    /** TLS with a certificate that holds no more. */
    readonly expired: string
  }
  /** Who signed the broker's certificates and `client`. */
  readonly authority: Certificate
  readonly client: Certificate
  /** An authority that the broker does not know, and a client's certificate by it. */
  readonly stranger: Certificate
  readonly strange: Certificate
}

const JVM = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

export class SecureKafka {
  readonly access: SecureAccess
  readonly #node: KafkaProcess
  readonly #lifeline: Lifeline

  private constructor(access: SecureAccess, node: KafkaProcess, lifeline: Lifeline) {
    this.access = access
    this.#node = node
    this.#lifeline = lifeline
  }

  /** @param sessionMs how long a log-in holds (`connections.max.reauth.ms`) */
  static async start(sessionMs: number): Promise<SecureKafka> {
    const lifeline = new Lifeline()
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'payout-secure-')))
    lifeline.removeFolder(folder)
    const signer = authority(folder, 'Payout Test Authority')
    const stranger = authority(folder, 'Unknown Authority')
    const java = await findJava()
    if ('missing' in java) throw new Error(java.missing)
    const progress = (message: string) => process.stderr.write(`${message}\n`)
    const jars = await mavenFolder(kafkaJars, progress)
    const archive = await classArchive({ java, jars, make: true, lifeline, progress })
    const controller = await freePort()
    const port = await freePort()
    const at = {
      plain: `127.0.0.1:${port}`,
      login: `127.0.0.1:${await freePort()}`,
      login256: `127.0.0.1:${await freePort()}`,
      mutual: `127.0.0.1:${await freePort()}`,
      elsewhere: `127.0.0.1:${await freePort()}`,
      expired: `127.0.0.1:${await freePort()}`,
    }
    const place = { id: 1, port, controllers: [{ id: 1, port: controller }], dataFolder: join(folder, 'data') }
    const settings = {
      ...listenerSettings(at, controller),
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': certificate(folder, 'broker', signer, 'DNS:localhost,IP:127.0.0.1').store,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': signer.cert,
      'listener.name.ssl.ssl.client.auth': 'required',
      'listener.name.elsewhere.ssl.keystore.location': certificate(folder, 'other', signer, 'DNS:kafka.example.com')
        .store,
      'listener.name.expired.ssl.keystore.location': certificate(folder, 'old', signer, 'IP:127.0.0.1', -1).store,
      'connections.max.reauth.ms': String(sessionMs),
      'group.min.session.timeout.ms': '1000',
    }
    const node = new KafkaProcess({
      id: 1,
      port,
      folder,
      log: { file: join(folder, 'server.log'), isKept: false },
      settings: (goesOn) => brokerSettings({ ...place, goesOn }, settings),
      logs: 'WARN',
      java: java.java,
      jvm: [...JVM, ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`])],
      jars,
      lifeline,
    })
    await node.start()
    await giveUser(java.java, jars, at.plain)
    const access = {
      at,
      authority: signer,
      stranger,
      client: certificate(folder, 'client', signer),
      strange: certificate(folder, 'strange', stranger),
    }
    return new SecureKafka(access, node, lifeline)
  }

  async stop(): Promise<void> {
    await this.#node.kill()
    await this.#lifeline.cut()
  }
}

function listenerSettings(at: SecureAccess['at'], controller: number): Record<string, string> {
  const tls = `SASL_SSL://${at.login},SCRAM256://${at.login256},SSL://${at.mutual},ELSEWHERE://${at.elsewhere}`
  const all = `PLAINTEXT://${at.plain},${tls},EXPIRED://${at.expired}`
  const security = 'org.apache.kafka.common.security'
  return {
    listeners: `${all},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': all,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SCRAM256:SASL_SSL,SSL:SSL,ELSEWHERE:SSL,EXPIRED:SSL',
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
    'listener.name.scram256.sasl.enabled.mechanisms': 'SCRAM-SHA-256',
    'listener.name.scram256.scram-sha-256.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${security}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${security}.scram.ScramLoginModule required;`,
  }
}

/** A user for SCRAM stands in the cluster's metadata, where Kafka's own tool puts it, one mechanism at a time. */
async function giveUser(java: string, jars: string, address: string): Promise<void> {
  const classes = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), 'kafka.admin.ConfigCommand']
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    const what = [
      '--entity-type',
      'users',
      '--entity-name',
      USER,
      '--add-config',
      `${mechanism}=[password=${PASSWORD}]`,
    ]
    const result = await runCommand(java, [...classes, '--bootstrap-server', address, '--alter', ...what])
    if (result?.code !== 0) throw new Error(`Kafka's own tool made no user: ${result?.output}`)
  }
}
