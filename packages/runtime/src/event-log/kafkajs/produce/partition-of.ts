/** Where Java's default partitioner places a key. kafkajs counts the same with big integers, which takes far longer. */

const SEED = 0x9747b28c
/** The multiplier and the shift of MurmurHash2. */
const M = 0x5bd1e995
const R = 24

/**
 * The partition of a key (as UTF-8) among `partitions`, as Java's default partitioner has it: murmur2, without its
 * sign.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** MurmurHash2 in 32 bits, with the seed of Kafka's clients. */
function murmur2(data: Uint8Array): number {
  const { length } = data
  const byte = (at: number) => data[at] ?? 0
  let hash = SEED ^ length
  let at = 0
  for (; length - at >= 4; at += 4) {
    const word = Math.imul(byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24), M)
    hash = Math.imul(hash, M) ^ Math.imul(word ^ (word >>> R), M)
  }
  if (at < length) hash = Math.imul(hash ^ (byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16)), M)
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}
