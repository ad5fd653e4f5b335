/**
 * What production mode refuses since it takes security away: one table, which the settings are checked against and
 * the documentation is made of.
 */
import { BlockList, isIP } from 'node:net'
import { optional, text } from './field.ts'

/** The environment of Node itself, as far as it can take security away. */
export const nodeFields = {
  NODE_OPTIONS: optional(
    text({
      description: 'options of Node; those on its command line count, too. Production mode refuses some of them',
    }),
  ),
  NODE_TLS_REJECT_UNAUTHORIZED: optional(
    text({ description: 'whether Node checks certificates; production mode refuses 0, which turns that off' }),
  ),
  NODE_DEBUG: optional(text({ description: "Node's own debug output; production mode refuses it" })),
  NODE_DEBUG_NATIVE: optional(text({ description: 'the same of its native parts' })),
  DEBUG: optional(text({ description: "debug output of libraries; production mode refuses that of Redis' client" })),
  KAFKAJS_DEBUG_PROTOCOL_BUFFERS: optional(
    text({ description: 'whether kafkajs logs bytes; production mode refuses it' }),
  ),
  KAFKAJS_DEBUG_EXTENDED_PROTOCOL_BUFFERS: optional(text({ description: 'the same, of more bytes' })),
}

/** Values of settings by their names; those that were wrong by themselves are of any type. */
type Values = Readonly<Record<string, unknown>>

/** One thing that production mode refuses. */
export interface ProductionRefusal {
  /** By what settings; a fault names the first. */
  readonly settings: readonly string[]
  /** What is refused, as the rest of a sentence that begins with the setting's name. */
  readonly refused: string
  /** What it takes away. */
  readonly because: string
  /** The way out, as a sentence without a full stop. */
  readonly instead: string
  readonly isRefused: (values: Values) => boolean
}

const LEAK = 'what it shows holds passwords, keys, names and accounts'
const UNSET = 'Leave it out'

export const PRODUCTION_REFUSALS: readonly ProductionRefusal[] = [
  {
    settings: ['NODE_TLS_REJECT_UNAUTHORIZED'],
    refused: 'turns off the check of every certificate',
    because: 'whoever is on the way to the gateway, Kafka or Redis can read and forge all of it',
    instead:
      "Leave it out, and name a certificate that Node doesn't know in KAFKA_TLS_CA_FILE, REDIS_TLS_CA_FILE or NODE_EXTRA_CA_CERTS",
    isRefused: ({ NODE_TLS_REJECT_UNAUTHORIZED: value }) => value === '0',
  },
  {
    settings: ['NODE_OPTIONS'],
    refused:
      'has an option that takes security away: --insecure-http-parser, --tls-min-v1.0, --tls-min-v1.1, weak ciphers in --tls-cipher-list',
    because: 'requests can be smuggled, or TLS be broken',
    instead: 'Leave that option out',
    isRefused: ({ NODE_OPTIONS: value }) => nodeOptions(value).some(isWeakening),
  },
  {
    settings: ['NODE_OPTIONS'],
    refused:
      'has an option that opens the process or writes its secrets down: --inspect…, --tls-keylog, --trace-tls, --heapsnapshot-…, --report-on-…',
    because: LEAK,
    instead: 'Leave that option out (--report-on-… is taken with --report-exclude-env)',
    isRefused: ({ NODE_OPTIONS: value }) => {
      const options = nodeOptions(value)
      return options.some(({ name }) => isLeaking(name) || (isReport(name) && !options.some(isWithoutEnvironment)))
    },
  },
  ...(['NODE_DEBUG', 'NODE_DEBUG_NATIVE'] as const).map(
    (setting): ProductionRefusal => ({
      settings: [setting],
      refused: "turns on Node's own debug output",
      because: LEAK,
      instead: UNSET,
      isRefused: ({ [setting]: value }) => isText(value),
    }),
  ),
  {
    settings: ['DEBUG'],
    refused: "turns on the debug output of Redis' client: ioredis or *",
    because: LEAK,
    instead: UNSET,
    isRefused: ({ DEBUG: value }) => isText(value) && /(^|[\s,])(\*|ioredis)/.test(value),
  },
  ...(['KAFKAJS_DEBUG_PROTOCOL_BUFFERS', 'KAFKAJS_DEBUG_EXTENDED_PROTOCOL_BUFFERS'] as const).map(
    (setting): ProductionRefusal => ({
      settings: [setting],
      refused: 'makes kafkajs log what goes to Kafka',
      because: LEAK,
      instead: UNSET,
      isRefused: ({ [setting]: value }) => isText(value),
    }),
  ),
  {
    settings: ['KAFKA_SASL_MECHANISM', 'KAFKA_TLS'],
    refused: 'sends the password as it is, and KAFKA_TLS is not on',
    because: 'whoever is on the way can read the password, and ask for payouts with it',
    instead: 'Set KAFKA_TLS=true, with KAFKA_TLS_CA_FILE where Node does not know the authority; or use scram-sha-512',
    isRefused: (values) => values.KAFKA_SASL_MECHANISM === 'plain' && !hasTls('KAFKA', values),
  },
  {
    settings: ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_PASSWORD', 'REDIS_SENTINEL_PASSWORD', 'REDIS_TLS'],
    refused: 'leads to another machine with a password, without TLS',
    because: 'whoever is on the way can read the password, and forget claims with it, so that payouts are paid twice',
    instead: 'Use rediss:// or REDIS_TLS=true, with REDIS_TLS_CA_FILE where Node does not know the authority',
    isRefused: ({ REDIS_SENTINELS: sentinels, ...values }) => sentinels === undefined && isRedisPasswordOpen(values),
  },
  {
    settings: ['REDIS_SENTINELS'],
    refused: 'are on another machine and reached with a password, without TLS',
    because: 'the same',
    instead: 'Set REDIS_TLS=true, with REDIS_TLS_CA_FILE where Node does not know the authority',
    isRefused: (values) => values.REDIS_SENTINELS !== undefined && isRedisPasswordOpen(values),
  },
  {
    settings: ['SCHEMA_REGISTRY_URL', 'SCHEMA_REGISTRY_PASSWORD'],
    refused: 'is http and leads to another machine, and has a password',
    because: 'whoever is on the way can read the password, and change schemas with it',
    instead: 'Use https',
    isRefused: ({ SCHEMA_REGISTRY_URL: url, SCHEMA_REGISTRY_PASSWORD: password }) =>
      isText(url) && isText(password) && url.startsWith('http:') && !isThisMachine(hostOf(url)),
  },
  {
    settings: ['ADMIN_HOST'],
    refused: 'is a public address',
    because: 'health and metrics have no password',
    instead: 'Give an inner address, or 0.0.0.0 behind a firewall',
    isRefused: ({ ADMIN_HOST: host }) => isText(host) && isPublic(host),
  },
  {
    settings: ['INGRESS_HOST', 'INGRESS_TLS_CERT_FILE'],
    refused: 'is a public address, and INGRESS_TLS_CERT_FILE is not set',
    because: 'notifies with names and accounts, and addresses of forms, would come as they are',
    instead: 'Set INGRESS_TLS_CERT_FILE and INGRESS_TLS_KEY_FILE, or an inner address behind a load balancer with TLS',
    isRefused: ({ INGRESS_HOST: host, INGRESS_TLS_CERT_FILE: cert }) =>
      isText(host) && isPublic(host) && cert === undefined,
  },
  {
    settings: ['FORM_URL'],
    refused: 'is http',
    because: 'whoever is on the way can open and change the form that a user signs',
    instead: 'Use https',
    isRefused: ({ FORM_URL: url }) => isText(url) && url.startsWith('http:'),
  },
]

/** What production mode says against these settings: by the name of the setting, as the rest of a sentence. */
export function* productionFaults(values: Values): Generator<[name: string, problem: string]> {
  for (const { settings, refused, because, instead, isRefused } of PRODUCTION_REFUSALS) {
    const [name] = settings
    if (name !== undefined && isRefused(values))
      yield [name, `${refused}, and production mode refuses that: ${because}. ${instead}`]
  }
}

/** The environment of this process, with the options of Node that stand on its command line. */
export function processEnvironment(): Readonly<Record<string, string | undefined>> {
  const options = [process.env.NODE_OPTIONS ?? '', ...process.execArgv].filter((option) => option !== '')
  return options.length === 0 ? process.env : { ...process.env, NODE_OPTIONS: options.join(' ') }
}

interface NodeOption {
  /** Without its value, with hyphens: Node takes underscores as well. */
  readonly name: string
  readonly value: string
}

function nodeOptions(text: unknown): NodeOption[] {
  if (!isText(text)) return []
  const words = text.replaceAll(/["']/g, '').split(/\s+/)
  return words.flatMap((word, at) => {
    if (!word.startsWith('--')) return []
    const [name = '', ...value] = word.split('=')
    return [{ name: name.replaceAll('_', '-'), value: value.length > 0 ? value.join('=') : (words[at + 1] ?? '') }]
  })
}

function isWeakening({ name, value }: NodeOption): boolean {
  if (name === '--tls-cipher-list')
    return value
      .split(':')
      .some(
        (cipher) =>
          /NULL|ADH|AECDH|EXP|RC4|DES|MD5|^(ALL|LOW|DEFAULT@SECLEVEL=[01])|SECLEVEL=[01]/i.test(cipher) &&
          !/^[!-]/.test(cipher),
      )
  return ['--insecure-http-parser', '--tls-min-v1.0', '--tls-min-v1.1'].includes(name)
}

function isLeaking(name: string): boolean {
  return /^--(inspect(-brk|-wait|-port|-brk-node)?|debug-port|tls-keylog|trace-tls|heapsnapshot-signal|heapsnapshot-near-heap-limit)$/.test(
    name,
  )
}

function isReport(name: string): boolean {
  return /^--report-(on-fatalerror|on-signal|uncaught-exception)$/.test(name)
}

function isWithoutEnvironment({ name }: NodeOption): boolean {
  return name === '--report-exclude-env'
}

/** As `tlsOptions` reads them: a certificate alone switches TLS on. */
function hasTls(prefix: 'KAFKA' | 'REDIS', values: Values): boolean {
  const files = ['CA_FILE', 'CERT_FILE', 'KEY_FILE'].map((file) => values[`${prefix}_TLS_${file}`])
  return values[`${prefix}_TLS`] === true || files.some((content) => content !== undefined)
}

function isRedisPasswordOpen(values: Values): boolean {
  if (hasTls('REDIS', values)) return false
  const {
    REDIS_URL: url,
    REDIS_SENTINELS: sentinels,
    REDIS_PASSWORD: password,
    REDIS_SENTINEL_PASSWORD: other,
  } = values
  if (Array.isArray(sentinels)) {
    const isAway = sentinels.some((one: { readonly host?: unknown }) => !isThisMachine(String(one.host)))
    return isAway && (isText(password) || isText(other))
  }
  if (!isText(url) || !URL.canParse(url) || !url.startsWith('redis:')) return false
  return !isThisMachine(hostOf(url)) && (isText(password) || new URL(url).password !== '')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

const INNER = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 32],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  INNER.addSubnet(network, bits)
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  INNER.addSubnet(network, bits, 'ipv6')

function isIn(list: BlockList, host: string): boolean {
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function isThisMachine(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '').toLowerCase()
  return address === 'localhost' || (isIP(address) !== 0 && isIn(LOOPBACK, address))
}

/** An address that is none of a private network. Of a name nobody knows. */
function isPublic(host: string): boolean {
  return isIP(host) !== 0 && !isIn(INNER, host)
}
