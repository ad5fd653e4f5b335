import type { OutgoingRecord, Publisher } from '@payout/runtime/event-log/port'
import type { StoredNotifies } from '@payout/runtime/redis/port'
import { Codec } from '@payout/schemas/codec'
import type { GatewayNotify } from '@payout/schemas/generated/records'
import { MIB } from '@payout/schemas/units'
import { onTestFinished } from 'vitest'
import { type IngressApp, type IngressAppDependencies, type IngressSettings, startIngress } from '../app.ts'
import type { IngressMetrics } from '../metrics.ts'
import type { AddressedPartner } from '../notify/addressed-partner.ts'
import { testPartner } from './alipay-notify.ts'
import { type GatewayStandIn, gatewayStandIn } from './gateway-stand-in.ts'
import { MemoryFormsLog, MemoryUsedForms } from './memory-forms.ts'

export const LANES = 12
/** The clock of a stage stands still here. */
export const NOW = Date.UTC(2026, 10, 21, 3, 0, 0)

/** A publisher in memory. */
export class MemoryPublisher implements Publisher {
  readonly records: OutgoingRecord[] = []
  healthy = true
  closed = false
  /** Called before each append; may wait, or throw instead of storing. */
  before: () => Promise<void> = async () => {}

  async append(record: OutgoingRecord): Promise<{ offset: number }> {
    await this.before()
    this.records.push(record)
    return { offset: this.records.length - 1 }
  }

  async close(): Promise<void> {
    this.closed = true
  }

  get notifies(): GatewayNotify[] {
    return this.records.map(({ value }) => new Codec().decode(value, ['gateway.GatewayNotify']).value)
  }
}

/** Redis' part in memory; `away` makes each call fail. */
export class MemoryStoredNotifies implements StoredNotifies {
  readonly keys = new Set<string>()
  away = false

  async has(key: string): Promise<boolean> {
    if (this.away) throw new Error('Redis is away')
    return this.keys.has(key)
  }

  async add(key: string): Promise<void> {
    if (this.away) throw new Error('Redis is away')
    this.keys.add(key)
  }
}

/** Counts as one line a call: `refused too-slow`. */
export class RecordedMetrics implements IngressMetrics {
  readonly lines: string[] = []
  inFlightBytes = 0
  forms = -1

  accepted(partner: string, acceptance: string): void {
    this.lines.push(`accepted ${partner} ${acceptance}`)
  }
  refused(reason: string): void {
    this.lines.push(`refused ${reason}`)
  }
  asked(outcome: string): void {
    this.lines.push(`asked ${outcome}`)
  }
  redisFailed(call: string): void {
    this.lines.push(`redisFailed ${call}`)
  }
  inFlight(bytes: number): void {
    this.inFlightBytes = bytes
  }
  formsHeld(forms: number): void {
    this.forms = forms
  }
  formShown(partner: string): void {
    this.lines.push(`shown ${partner}`)
  }
  formRefused(reason: string): void {
    this.lines.push(`form ${reason}`)
  }
}

export interface Stage {
  readonly app: IngressApp
  readonly gateway: GatewayStandIn
  readonly publisher: MemoryPublisher
  readonly storedNotifies: MemoryStoredNotifies
  readonly usedForms: MemoryUsedForms
  /** `gateway.forms`. */
  readonly forms: MemoryFormsLog
  /** The clock, which stands still. */
  readonly clock: { at: number }
  readonly metrics: RecordedMetrics
  /** Everything that was logged, errors with their causes. */
  readonly logged: string[]
  /** Set to make Kafka unreachable for questions about partitions and offsets. */
  readonly kafka: { away: boolean }
  /** Posts a body to `/notify/<alias>`. */
  post(body: Buffer, options?: { alias?: string; contentType?: string; query?: string }): Promise<Response>
}

const SETTINGS: Omit<IngressSettings, 'verification'> = {
  host: '127.0.0.1',
  port: 0,
  room: { max: 100, maxPerAddress: 100, balancers: [] },
  headerTimeoutMs: 5000,
  bodyTimeoutMs: 5000,
  keepAliveMs: 5000,
  maxInFlightBytes: 64 * MIB,
  formWaitMs: 10_000,
}

/**
 * A gateway-ingress with everything around it in memory, but for HTTP, which is real on both sides. Ends with its test.
 */
export async function stage(
  options: {
    partners?: readonly AddressedPartner[]
    settings?: Partial<IngressSettings>
    verification?: Partial<IngressSettings['verification']>
    tls?: IngressAppDependencies['tls']
    forms?: MemoryFormsLog
  } = {},
): Promise<Stage> {
  const gateway = await gatewayStandIn()
  const publisher = new MemoryPublisher()
  const storedNotifies = new MemoryStoredNotifies()
  const usedForms = new MemoryUsedForms()
  const forms = options.forms ?? new MemoryFormsLog(LANES)
  const clock = { at: NOW }
  const metrics = new RecordedMetrics()
  const logged: string[] = []
  const kafka = { away: false }
  const partners = options.partners ?? [testPartner('MD5', 'utf-8')]
  const log = (...parts: unknown[]) => void logged.push(parts.map(text).join(' '))
  const app = await startIngress({
    log: {
      namespace: 'test',
      publisher: () => publisher,
      read: (readOptions) => forms.read(readOptions),
      written: () => forms.written(),
      partitions: async () => {
        if (kafka.away) throw new Error('Kafka is away')
        return LANES
      },
      offsets: async () => {
        if (kafka.away) throw new Error('Kafka is away')
        return []
      },
    },
    stateStore: { storedNotifies, usedForms },
    partner: (alias) => partners.find((partner) => partner.alias === alias),
    clock: { now: () => clock.at },
    logger: { debug: log, info: log, warn: log, error: log },
    metrics,
    tls: options.tls,
    settings: {
      ...SETTINGS,
      verification: {
        gatewayUrl: gateway.url,
        timeoutMs: 5000,
        connections: 8,
        connectionLifeMs: 60_000,
        breakerFailures: 5,
        breakerOpenMs: 60_000,
        ...options.verification,
      },
      ...options.settings,
    },
  })
  onTestFinished(() => app.stop(100))
  return {
    app,
    gateway,
    publisher,
    storedNotifies,
    usedForms,
    forms,
    clock,
    metrics,
    logged,
    kafka,
    post: (body, { alias = 'shop', contentType, query = '' } = {}) =>
      fetch(`${app.url}/notify/${alias}${query}`, {
        method: 'POST',
        body: new Uint8Array(body),
        redirect: 'manual',
        headers: contentType === undefined ? {} : { 'content-type': contentType },
      }),
  }
}

function text(part: unknown): string {
  if (part instanceof Error) return `${part.name}: ${part.message}${part.cause ? ` <- ${text(part.cause)}` : ''}`
  if (typeof part !== 'object' || part === null) return String(part)
  return Object.entries(part)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(' ')
}
