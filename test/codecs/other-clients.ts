/** Clients that upstream may have, other than ours: each writes records in batches of the codec that it is told. */
import { join } from 'node:path'
import { pythonForSnippets, run } from '../contract/schemas/other-language.ts'
import type { KafkaPrograms } from './kafka-programs.ts'

/** A record, and how its batch is compressed. */
export interface CompressedRecord {
  readonly codec: string
  readonly key: string
  readonly value: Buffer
}

export interface OtherClient {
  readonly name: string
  /** Writes the records and waits until all of them are stored. @param topic with its namespace */
  write(brokers: readonly string[], topic: string, records: readonly CompressedRecord[]): Promise<void>
}

/** The clients that this machine can have; tells why one is missing. */
export async function otherClients(programs: KafkaPrograms): Promise<OtherClient[]> {
  const found = await Promise.allSettled([java(programs), python()])
  return found.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value]
    console.warn(`A client is left out: ${result.reason instanceof Error ? result.reason.message : result.reason}`)
    return []
  })
}

async function java({ java, jars }: KafkaPrograms): Promise<OtherClient> {
  const modules = await run(java, ['--list-modules'])
  if (!modules.includes('jdk.compiler@')) throw new Error("Java's own: this Java has no compiler, a JDK has one")
  return client("Java's own client", java, [
    '-cp',
    join(jars, '*'),
    join(import.meta.dirname, 'CompressedBatches.java'),
  ])
}

async function python(): Promise<OtherClient> {
  const interpreter = await pythonForSnippets().catch((cause: Error) => {
    throw new Error(`librdkafka, by Python: ${cause.message}`, { cause })
  })
  return client('librdkafka', interpreter, [join(import.meta.dirname, 'compressed_batches.py')])
}

function client(name: string, command: string, args: readonly string[]): OtherClient {
  return {
    name,
    write: async (brokers, topic, records) => {
      const lines = records.map(({ codec, key, value }) => `${codec}\t${key}\t${value.toString('base64')}\n`)
      await run(command, [...args, brokers.join(','), topic], lines.join(''))
    },
  }
}
