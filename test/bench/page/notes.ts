/** What a person wrote beside the figures. */

const INGRESS_CPU =
  'the bare route does nothing of what a notify is for. Ours verifies the signature, reads and checks each field, looks in Redis, and has the notify stored in Kafka before it answers. In a profile of the process over both sign types, writing to sockets (to the gateway, Redis, Kafka and the sender) is 19 % of what it does, reading and checking the notify 13 %, RSA 6 %, its own route 6 %, undici 5 %, the client of Kafka 5 %, that of Redis 3 %. No part stands out. A known notify, which is neither asked for nor stored again, reaches the goal.'
const INGRESS_RATE = 'it costs more CPU (see above), and Kafka and who sends the notifies run on the same two cores.'

/** Why a figure does not reach its goal, by its id: what a profile says of it, and what would help. */
export const why: Readonly<Record<string, string>> = {
  'ingress-rsa-cpu': INGRESS_CPU,
  'ingress-rsa-rate': INGRESS_RATE,
  'ingress-md5-cpu': INGRESS_CPU,
  'ingress-md5-rate': INGRESS_RATE,
}

/** The figures that README.md shows, in this order. */
export const inReadme: readonly string[] = ['signing-rsa-2048', 'ingress-rsa-cpu', 'idle-cpu-signer', 'start-signer']
