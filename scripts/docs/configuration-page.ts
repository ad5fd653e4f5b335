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

Environment variables and one partners file configure every service. If the configuration is wrong, a service names all
faults at once, each with the way out. It ends with exit code 78 before it uses Kafka, Redis or the network. An empty
variable counts as not set. Special words are in the [glossary](glossary.md).

A **secret** can also stand in a file that \`<NAME>_FILE\` names. The file must not be readable by everyone; its group
may read it, as with container secrets. No message and no log line repeats a secret.


${groups()
  .map(([title, rows]) => `## ${title}\n\n${settingsTable(rows)}`)
  .join('\n\n')}

## What production mode refuses

Production mode refuses whatever takes security away. A service or command that finds such a setting names it, with the
way out, and ends with exit code 78 before it connects to anything. \`MODE=sandbox\` accepts all of these settings.


${refusalsTable()}

It also refuses:

- files of keys and secrets that everyone can read, and files of certificates or partners that everyone can write (this
  in any mode)
- a partner with \`testAccount\`, or with a \`notifyUrl\` that is not https
- another gateway than Alipay's, and a shifted clock

It accepts \`signType\` MD5, since Alipay's interface has it and its key never leaves the machines. It accepts Kafka or
Redis without TLS where no password is sent. It accepts \`INGRESS_HOST\` without TLS at an inner address, where a load
balancer does TLS.


## The shape of the topics

\`npm run topics\` reads these when it makes and checks topics.


${settingsTable(describeConfig(topicsSchema))}

### What is looked at

\`npm run topics -- check\` looks at all topics. Each service looks at the topics that it reads or writes, before it
begins and again every \`KAFKA_TOPICS_EVERY\`. It shows each finding in the gauge \`topic_findings\`, by the name below,
and in a log line with what was read, what was expected and the way out. The log line is repeated after 10, 20, 40 s and
so on, and later every ten minutes.

For some findings signer, gateway-egress and reconciler **wait**. Handlers finish, no more records are processed, and
\`/health/ready\` says why. Within \`KAFKA_TOPICS_EVERY\` after the topic is repaired they continue by themselves.
gateway-ingress never waits: a notify that is stored in a wrong topic is better than none. While Kafka is away, the last
findings count.


${topicRulesTable()}

## The partners file

\`PARTNERS_FILE\` names a JSON file: \`{ "partners": { "<alias>": { … }, … } }\`. The alias has up to 32 of a-z, 0-9 and
-, and begins with a letter or digit. It is the partner's name everywhere except in what goes to Alipay. No two aliases
have the same \`partnerId\`. All services that have \`PARTNERS_FILE\` get the same file. Each reads only the keys that it
needs. [A sample](operations.md#partners-file) is in the operations guide.


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
