/**
 * Corrections of kafkajs 2.2.4, which nobody maintains any more. Each stands in a file named after what goes wrong without it. They change what
 * kafkajs does for the whole process, once.
 */
import { createRequire } from 'node:module'
import { type FetchingBroker, readCommittedOnly } from './aborted-records-read.ts'
import { type CoordinatedCluster, type CoordinatingRequests, rememberCoordinators } from './coordinators-asked-again.ts'
import { beginEachConnectionAnew, type Connection } from './half-answers-kept.ts'
import { lookOnlyWhenRequestsWait, type RequestQueue } from './idle-connections-busy.ts'
import { type FetchingGroup, fetchPatiently } from './impatient-fetches.ts'
import { type FetchedBatch, handOutMarkers } from './markers-apart.ts'
import { commitNothingOutOfRange, type OffsetManager } from './offsets-wiped-out.ts'

const require = createRequire(import.meta.url)

/** The prototype of one of kafkajs' own classes, by the file that it stands in. */
function prototypeOf<T>(file: string): T {
  return (require(`kafkajs/src/${file}`) as { readonly prototype: T }).prototype
}

let isPatched = false

/** Safe to call again. */
export function patchKafkajs(): void {
  if (isPatched) return
  isPatched = true
  const broker = prototypeOf<FetchingBroker & CoordinatingRequests>('broker')
  lookOnlyWhenRequestsWait(prototypeOf<RequestQueue>('network/requestQueue'))
  beginEachConnectionAnew(prototypeOf<Connection>('network/connection'))
  commitNothingOutOfRange(prototypeOf<OffsetManager>('consumer/offsetManager'))
  readCommittedOnly(broker)
  handOutMarkers(prototypeOf<FetchedBatch>('consumer/batch'))
  rememberCoordinators(prototypeOf<CoordinatedCluster>('cluster'), broker)
  fetchPatiently(prototypeOf<FetchingGroup>('consumer/consumerGroup'))
}
