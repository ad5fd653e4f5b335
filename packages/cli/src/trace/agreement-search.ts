import { agreementId, isAgreementId, laneOfAgreement } from '@payout/mapi/values/agreement-id'
import { isBatchNo, laneOf } from '@payout/mapi/values/batch-no'
import type { Codec } from '@payout/schemas/codec'
import type { GatewayParameter } from '@payout/schemas/generated/records'
import type { LaneTopic } from '@payout/schemas/topics'
import { UsageError } from '../terminal/errors.ts'
import { agreementOf, isAgreementCommand } from '../write/agreement-command.ts'
import { type AgreementSubject, describeForAgreement, isOfAgreement } from './agreement-entry.ts'
import { type FoundRecord, FoundRecords, type ReadableLog, type SearchLimits } from './found-records.ts'
import { entryOf, type StoryEntry } from './story-entry.ts'

/** What is looked for. */
export interface AgreementSearch extends SearchLimits {
  /** The id of a command about an agreement, or of an agreement. */
  readonly id: string
  /** The partner's alias; without it the id must belong to one partner only. */
  readonly partner?: string | undefined
}

export interface AgreementStory {
  readonly subject: Pick<AgreementSubject, 'partner' | 'agreementId'>
  /** Oldest first. */
  readonly entries: readonly StoryEntry[]
}

/** These name the agreement, or the requests that are made for it. */
const NAMING_TOPICS: readonly LaneTopic[] = ['gateway.commands', 'gateway.to-sign', 'gateway.forms']
/** These are about a request, known by its id. */
const REQUEST_TOPICS: readonly LaneTopic[] = ['gateway.requests', 'gateway.attempts', 'gateway.answers']
/** Parameters that say whose agreement a request is about. */
const IDENTIFYING = ['user_email', 'trans_account_out', 'customer_code', 'email']

/**
 * Finds every record about one agreement: commands and events by its id, or by the id of a command about it; from these
 * its lane, of which only one partition a topic is read, and only from the time of the first command on.
 * @returns undefined where nothing is known of the id
 * @throws UsageError when the id belongs to several agreements
 */
export async function findAgreement(
  log: ReadableLog,
  codec: Codec,
  search: AgreementSearch,
): Promise<AgreementStory | undefined> {
  const found = new FoundRecords(log, codec, search)
  const [commands, events] = await Promise.all([
    found.partitionsOf('agreement.commands'),
    found.partitionsOf('agreement.events'),
  ])
  const scan = (isWanted: (each: FoundRecord) => boolean) =>
    Promise.all([
      found.scan('agreement.commands', commands, found.begin, { isWanted }),
      found.scan('agreement.events', events, found.begin, { isWanted }),
    ])
  await scan((each) => isNamed(each, search))
  if (found.all.length === 0) return undefined
  const subject = onlySubject(found.all, search)
  // An id of a command has brought that command and its events: now what else there is of the agreement.
  await scan(({ named }) => isOfAgreement(named, subject))
  const requestIds = new Set<string>()
  if (subject.agreementId !== null && isAgreementId(subject.agreementId)) {
    const lanes = await log.partitions('gateway.commands')
    await readLane(found, laneOfAgreement(subject.agreementId, lanes), lanes, subject, requestIds)
  }
  const whole = { ...subject, requestIds }
  return {
    subject: { partner: subject.partner, agreementId: subject.agreementId },
    entries: found.inOrder.flatMap(
      ({ record, named }) => entryOf(record, named, describeForAgreement(named, whole)) ?? [],
    ),
  }
}

type Known = Omit<AgreementSubject, 'requestIds'>

function isNamed({ named }: FoundRecord, { id, partner }: AgreementSearch): boolean {
  if (partner !== undefined && named.value.partner !== partner) return false
  if ('commandId' in named.value && named.value.commandId === id) return true
  if (isAgreementCommand(named)) return agreementOf(named) === id
  return 'agreementId' in named.value && named.value.agreementId === id
}

function onlySubject(all: readonly FoundRecord[], { id, partner }: AgreementSearch): Known {
  const commandIds = new Set(all.flatMap(({ named }) => ('commandId' in named.value ? [named.value.commandId] : [])))
  const agreements = new Map<string, { partner: string; agreementId: string }>()
  for (const { named } of all) {
    const { value } = named
    const agreement = isAgreementCommand(named) ? agreementOf(named) : 'agreementId' in value ? value.agreementId : null
    if (agreement) agreements.set(`${value.partner}/${agreement}`, { partner: value.partner, agreementId: agreement })
  }
  const partners = new Set(all.map(({ named }) => named.value.partner))
  if (agreements.size > 1 || partners.size > 1) {
    const whose = [...(agreements.size > 1 ? agreements.keys() : partners)].sort().join(', ')
    const way = partner === undefined && partners.size > 1 ? 'name one with --partner' : "give the agreement's own id"
    throw new UsageError(`several agreements have a command ${id}: ${way} (${whose})`)
  }
  const [only] = agreements.values()
  return { partner: [...partners][0] ?? '', agreementId: only?.agreementId ?? null, commandIds }
}

async function readLane(
  found: FoundRecords,
  lane: number,
  lanes: number,
  subject: Known,
  requestIds: Set<string>,
): Promise<void> {
  const at = found.beginAt(found.all.flatMap(momentsOf))
  const isOurs = ({ named }: FoundRecord): boolean =>
    'agreementId' in named.value && named.value.agreementId !== null && isOfAgreement(named, subject)
  for (const topic of NAMING_TOPICS) await found.scan(topic, [lane], at, { isWanted: isOurs })
  // Of a question or a cancelling only the parameters say whose agreement it is about.
  const accounts = new Set(
    found.all.flatMap(({ named: { value } }) => ('parameters' in value ? accountsOf(value.parameters) : [])),
  )
  const isAbout = (text: string) => accounts.has(text) || agreementId(subject.partner, text) === subject.agreementId
  await found.scan('gateway.to-sign', [lane], at, {
    isWanted: ({ named: { name, value } }) =>
      name === 'gateway.GatewayServiceToSign' &&
      value.partner === subject.partner &&
      accountsOf(value.parameters).some(isAbout),
  })
  for (const { named } of found.all)
    if (named.name === 'gateway.GatewayServiceToSign') requestIds.add(named.value.requestId)
  const theirLanes = [...new Set([...requestIds].filter(isBatchNo).map((id) => laneOf(id, lanes)))]
  for (const topic of REQUEST_TOPICS)
    await found.scan(topic, theirLanes, at, { isWanted: ({ named }) => requestIds.has(requestOf(named.value)) })
}

/** When what led to a record was written: nothing of an agreement is older than its first command. */
function momentsOf({ record, named: { value } }: FoundRecord): number[] {
  return [record.timestamp, ...('evidence' in value ? [value.evidence.source.timestamp] : [])]
}

function accountsOf(parameters: readonly GatewayParameter[]): string[] {
  return parameters.filter(({ name }) => IDENTIFYING.includes(name)).map(({ value }) => value)
}

/** The request that a record is about; egress keeps its id where a batch has its number. */
function requestOf(value: FoundRecord['named']['value']): string {
  if ('requestId' in value) return value.requestId ?? ''
  return 'batchNo' in value ? (value.batchNo ?? '') : ''
}
