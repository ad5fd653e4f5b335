/**
 * Corrections of kafkajs 2.2.4, which nobody maintains any more. Each stands in a file named after what goes wrong
 * without it. They change what kafkajs does for the whole process, once.
 */

import { createRequire } from 'node:module'
import { MIB } from '@payout/schemas/units'
import { type FetchingBroker, readCommittedOnly } from './aborted-records-read.ts'
import { type Authenticator, type LoggedInConnection, tellBreaksFromRefusals } from './broken-log-ins-final.ts'
import { type CoordinatedCluster, type CoordinatingRequests, rememberCoordinators } from './coordinators-asked-again.ts'
import { beginEachConnectionAnew, type Connection } from './half-answers-kept.ts'
import { lookOnlyWhenRequestsWait, type RequestQueue } from './idle-connections-busy.ts'
import { type FetchingGroup, fetchPatiently } from './impatient-fetches.ts'
import { type FetchedBatch, handOutMarkers } from './markers-apart.ts'
import { commitNothingOutOfRange, type OffsetManager } from './offsets-wiped-out.ts'
import { type ProduceProtocol, writeRecordsOnce } from './records-copied-often.ts'
import { type RenewingAuthenticator, renewShortly } from './short-log-ins-repeated.ts'
import { type DecodeMessages, decodeEveryCodec } from './undecodable-batches-fatal.ts'

const require = createRequire(import.meta.url)

/** What one of kafkajs' own files exports. */
function exportOf<T>(file: string): T {
  return require(`kafkajs/src/${file}`)
}

/** The prototype of one of kafkajs' own classes, by the file that it stands in. */
function prototypeOf<T>(file: string): T {
  return exportOf<{ readonly prototype: T }>(file).prototype
}

/**
 * Puts another function in the place of the one that a file of kafkajs exports; only what loads the file later sees
 * it.
 */
function replaceExport<T>(file: string, replacement: T): void {
  const path = require.resolve(`kafkajs/src/${file}`)
  require(path)
  const loaded = require.cache[path]
  if (loaded === undefined) throw new TypeError(`this is not kafkajs 2.2.4: ${file} is not loaded`)
  loaded.exports = replacement
}

/** What a batch may hold when it is decompressed, where no other bound is given. */
const MAX_BATCH_BYTES = 64 * MIB

let isPatched = false
let mostBatchBytes = MAX_BATCH_BYTES

/**
 * Safe to call again.
 * @param maxBatchBytes how many bytes a batch may hold when it is decompressed. It holds for the whole process: of
 *   several the last one.
 */
export function patchKafkajs(maxBatchBytes = MAX_BATCH_BYTES): void {
  mostBatchBytes = maxBatchBytes
  if (isPatched) return
  isPatched = true
  const broker = prototypeOf<FetchingBroker & CoordinatingRequests>('broker')
  const connection = prototypeOf<Connection & LoggedInConnection>('network/connection')
  const authenticator = prototypeOf<Authenticator & RenewingAuthenticator>('broker/saslAuthenticator')
  lookOnlyWhenRequestsWait(prototypeOf<RequestQueue>('network/requestQueue'))
  beginEachConnectionAnew(connection)
  commitNothingOutOfRange(prototypeOf<OffsetManager>('consumer/offsetManager'))
  replaceExport<DecodeMessages>(
    'protocol/requests/fetch/v4/decodeMessages',
    decodeEveryCodec(() => mostBatchBytes),
  )
  readCommittedOnly(broker)
  handOutMarkers(prototypeOf<FetchedBatch>('consumer/batch'))
  rememberCoordinators(prototypeOf<CoordinatedCluster>('cluster'), broker)
  tellBreaksFromRefusals(connection, authenticator)
  renewShortly(authenticator)
  fetchPatiently(prototypeOf<FetchingGroup>('consumer/consumerGroup'))
  writeRecordsOnce(exportOf<ProduceProtocol>('protocol/requests/produce'))
}
