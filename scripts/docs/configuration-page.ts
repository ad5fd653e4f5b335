import { topicsSchema } from '@payout/cli/system/topic-settings'
import { type ConfigRow, describeConfig } from '@payout/runtime/config/config'
import { PRODUCTION_REFUSALS } from '@payout/runtime/config/production-refusals'
import { TOPIC_RULES } from '@payout/runtime/event-log/topic-rules'
import { partnersFile } from '@payout/runtime/partners/partners-file'
import * as z from 'zod'
import { egressSchema } from '../../services/gateway-egress/src/config.ts'
import { ingressSchema } from '../../services/gateway-ingress/src/config.ts'
import { reconcilerSchema } from '../../services/reconciler/src/config.ts'
import { signerSchema } from '../../services/signer/src/config.ts'
import { code, markdownTable } from './markdown-table.ts'

const SERVICES = {
  'gateway-ingress': describeConfig(ingressSchema),
  signer: describeConfig(signerSchema),
  'gateway-egress': describeConfig(egressSchema),
  reconciler: describeConfig(reconcilerSchema),
} as const

/** docs/configuration.md: every setting of every service, and the fields of the partners file. */
export function configurationPage(): string {
  return `# Configuration

Every service is configured by environment variables, and by one partners file. A service that is wrongly configured names all faults at
once, each with the way out, and ends with exit code 78 before it touches Kafka, Redis or the network. An empty variable counts as not set.

A **secret** can also stand in a file that \`<NAME>_FILE\` names; the file must not be readable by everyone (readable by its group is allowed,
for container secrets). Secrets are never repeated, in no message and no log line.

${groups()
  .map(([title, rows]) => `## ${title}\n\n${settingsTable(rows)}`)
  .join('\n\n')}

## What production mode refuses

Whatever takes security away. A service, or a command, that finds any of it ends with exit code 78 before it reaches anything, and names the setting and the way out. \`MODE=sandbox\` takes all of it.

${refusalsTable()}

Besides: files of keys and secrets that everyone can read, and files of certificates or partners that everyone can write (in any mode); a partner with \`testAccount\`, or with a \`notifyUrl\` that is not https;
another gateway than Alipay's; a shifted clock. Not refused: \`signType\` MD5 (Alipay's interface has it, and its key never leaves the machines), Kafka or Redis without TLS where no password is sent, \`INGRESS_HOST\` without TLS at an inner address, where a load balancer does it.

## The shape of the topics

Read by \`npm run topics\`, when topics are made and checked.

${settingsTable(describeConfig(topicsSchema))}

### What is looked at

\`npm run topics -- check\` looks at all topics. Each service looks at those that it reads or writes, before it works and again every \`KAFKA_TOPICS_EVERY\`. What it finds is the gauge \`topic_findings\`, by the name below, and a log line with what was
read, what was expected and the way out, which is repeated after 10, 20, 40 s and so on, at the most every ten minutes. Where signer, gateway-egress and reconciler **wait**, \`/health/ready\` says why: handlers finish, nothing more is worked on, and all goes on by
itself within \`KAFKA_TOPICS_EVERY\` once the topic is put right. gateway-ingress never waits: a notify that is stored in a wrong topic is better than none. While Kafka is away topics count as they were.

${topicRulesTable()}

## The partners file

\`PARTNERS_FILE\` names a JSON file: \`{ "partners": { "<alias>": { … }, … } }\`. The alias is up to 32 of a-z, 0-9 and -, a letter or digit
first; it is the partner's name everywhere but at the wire. No two aliases have the same \`partnerId\`. All services that have \`PARTNERS_FILE\`
get the same file, and each reads only the keys that it needs.

### A partner

${fieldsTable(partnerFields())}

### An account, in \`accounts\`

${fieldsTable(accountFields())}
`
}

/** The settings by who has them, those of all services first. */
function groups(): [title: string, rows: ConfigRow[]][] {
  const rows = new Map<string, ConfigRow>()
  const owners = new Map<string, string[]>()
  for (const [service, settings] of Object.entries(SERVICES)) {
    for (const row of settings) {
      const other = rows.get(row.name)
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(row)) {
        throw new Error(`${row.name} is described in two ways: ${owners.get(row.name)?.join(', ')} and ${service}`)
      }
      rows.set(row.name, row)
      owners.set(row.name, [...(owners.get(row.name) ?? []), service])
    }
  }
  const byOwners = Map.groupBy(rows.values(), ({ name }) => owners.get(name)?.join(', ') ?? '')
  const count = (title: string) => title.split(', ').length
  return [...byOwners]
    .sort(([left], [right]) => count(right) - count(left))
    .map(([title, list]) => [count(title) === Object.keys(SERVICES).length ? 'All services' : title, list])
}

function settingsTable(rows: readonly ConfigRow[]): string {
  return markdownTable(
    ['name', 'what it is', 'unit or format', 'default'],
    rows.map(({ name, description, unit, example, secret, required, default: standard }) => [
      `${code(name)}${secret ? ', secret' : ''}`,
      `${description}${example === undefined ? '' : `, for example ${code(example)}`}`,
      unit ?? '',
      required ? '**required**' : standard === undefined ? 'not set' : code(standard),
    ]),
  )
}

function topicRulesTable(): string {
  return markdownTable(
    ['name', 'a topic …', '`check`', 'services', 'because'],
    Object.entries(TOPIC_RULES).map(([name, { what, level, waits, because }]) => [
      code(name),
      what,
      level,
      waits ? '**wait**' : 'go on',
      because,
    ]),
  )
}

function refusalsTable(): string {
  return markdownTable(
    ['settings', 'refused is what', 'because', 'the way out'],
    PRODUCTION_REFUSALS.map(({ settings, refused, because, instead }) => [
      settings.map(code).join(', '),
      refused,
      because,
      instead,
    ]),
  )
}

/** What is read of a JSON schema. */
interface FieldSchema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly items?: FieldSchema
  readonly properties?: Readonly<Record<string, FieldSchema>>
  readonly additionalProperties?: FieldSchema
  readonly required?: readonly string[]
}

function partnerFields(): FieldSchema {
  const file = z.toJSONSchema(partnersFile, { io: 'input' }) as FieldSchema
  return file.properties?.partners?.additionalProperties ?? {}
}

function accountFields(): FieldSchema {
  return partnerFields().properties?.accounts?.items ?? {}
}

function fieldsTable({ properties = {}, required = [] }: FieldSchema): string {
  return markdownTable(
    ['field', 'what it is', 'type', 'default'],
    Object.entries(properties).map(([name, field]) => {
      if (field.description === undefined) throw new Error(`the partners file's field ${name} has no description`)
      const standard = field.default === undefined ? 'not set' : code(JSON.stringify(field.default))
      return [code(name), field.description, typeOf(field), required.includes(name) ? '**required**' : standard]
    }),
  )
}

function typeOf(field: FieldSchema): string {
  if (field.enum !== undefined) return field.enum.map(code).join(', ')
  if (field.type === 'array') return field.items?.properties ? 'list of accounts' : `list of ${field.items?.type}s`
  if (field.type === 'integer') {
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = field
    return `whole number ${maximum < Number.MAX_SAFE_INTEGER ? `from ${minimum} to ${maximum}` : `of at least ${minimum}`}`
  }
  return `${field.type}${field.maxLength === undefined ? '' : `, at most ${field.maxLength} characters`}`
}
