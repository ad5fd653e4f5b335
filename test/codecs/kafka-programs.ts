/** Kafka's own programs, which come with the broker's jars. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findJava } from '@payout/sandbox/provision/kafka/java'
import { kafkaJars, mavenFolder } from '@payout/sandbox/provision/process/maven-folder'
import { run } from '../contract/schemas/other-language.ts'

export interface KafkaPrograms {
  /** The program `java`. */
  readonly java: string
  /** The folder with Kafka's jars. */
  readonly jars: string
}

/** @throws Error without Java 17 or Maven */
export async function kafkaPrograms(): Promise<KafkaPrograms> {
  const found = await findJava()
  if ('missing' in found) throw new Error(found.missing)
  return { java: found.java, jars: await mavenFolder(kafkaJars, (message) => console.warn(message)) }
}

function runProgram({ java, jars }: KafkaPrograms, main: string, args: readonly string[]): Promise<string> {
  return run(java, ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), main, ...args])
}

/** `kafka-configs.sh`. */
export function kafkaConfigs(programs: KafkaPrograms, args: readonly string[]): Promise<string> {
  return runProgram(programs, 'kafka.admin.ConfigCommand', args)
}

/**
 * `kafka-dump-log.sh`: how many records of a topic stand in batches of each codec, in Kafka's words.
 * @param data the broker's folder
 * @param topic with its namespace
 */
export async function recordsByCodec(
  programs: KafkaPrograms,
  data: string,
  topic: string,
): Promise<Record<string, number>> {
  const partitions = (await readdir(data)).filter((name) => new RegExp(`^${RegExp.escape(topic)}-\\d+$`).test(name))
  const logs = partitions.map((partition) => join(data, partition, `${'0'.repeat(20)}.log`))
  const dump = await runProgram(programs, 'kafka.tools.DumpLogSegments', ['--files', logs.join(',')])
  const batches = [...dump.matchAll(/ count: (\d+) .* isControl: false .* compresscodec: (\w+) /g)]
  const byCodec = Map.groupBy(batches, ([, , codec = '']) => codec.toLowerCase())
  return Object.fromEntries(
    [...byCodec].map(([codec, found]) => [codec, found.reduce((sum, [, count]) => sum + Number(count), 0)]),
  )
}
