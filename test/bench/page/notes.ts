/** What a person wrote beside the figures. */

const INGRESS_CPU =
  'the bare route does nothing of what a notify is for. Ours verifies the signature, reads and checks each field, looks in Redis, and has the notify stored in Kafka before it answers. In a profile of the process over both sign types, writing to sockets (to the gateway, Redis, Kafka and the sender) is 19 % of what it does, reading and checking the notify 13 %, RSA 6 %, its own route 6 %, undici 5 %, the client of Kafka 5 %, that of Redis 3 %. No part stands out. A known notify, which is neither asked for nor stored again, reaches the goal.'
const INGRESS_RATE = 'it costs more CPU (see above), and Kafka and who sends the notifies run on the same two cores.'

const RECONCILER =
  'it is at the goal, in some rounds above it. In a profile of it under load, a seventh is garbage collection; writing and reading the states of batches is a seventh, reading notifies an eighth, and making events, their ids, headers and Avro a quarter. The rest is the client of Kafka, which the bare loop has too. No part stands out.'
const LONE =
  'two transactions alone are twice the bare one, and they are in the way of a payout: the signer commits the request, egress its intent, and each is read by the next stage only when its markers are written. The claim, the checkpoint, two fetches and the call itself come on top; by the time stamps of its records, on a busier day, 18 ms went until the request was signed, 28 more until the intent stood, and 6 more until the call. Nothing of it is waiting on purpose. Fewer requests for a transaction need a newer protocol than kafkajs speaks.'
const LONE_EVENT =
  'the notify is stored by one commit of its own before it is answered, and then read and processed in a transaction: two writes one after the other, with a fetch and the claim of the notify between them.'

/** Why a figure does not reach its goal, by its id: what a profile says of it, and what would help. */
export const why: Readonly<Record<string, string>> = {
  'ingress-rsa-cpu': INGRESS_CPU,
  'ingress-rsa-rate': INGRESS_RATE,
  'ingress-md5-cpu': INGRESS_CPU,
  'ingress-md5-rate': INGRESS_RATE,
  'reconciler-cpu': RECONCILER,
  'scale-payouts':
    'the shortest run is the dearest: 5,000 payouts do not warm the processes up, and share what each start of batches and transactions costs. From 50,000 on it is flat.',
  'lone-payout-request': LONE,
  'lone-payout-event': LONE_EVENT,
}

/** The figures that README.md shows, in this order. */
export const inReadme: readonly string[] = [
  'pipeline-rate',
  'pipeline-latency',
  'pipeline-cpu',
  'pipeline-cpu-most',
  'reconciler-cpu',
  'signer-cpu',
  'ingress-rsa-cpu',
  'lone-payout-request',
  'signing-rsa-2048',
]
