import type { LogRecord } from '@payout/runtime/event-log/port'
import type { AgreementEvent } from '@payout/runtime/record/domain-event'
import type {
  AgreementSignRequested,
  AgreementStatusRequested,
  AgreementUnsignRequested,
  GatewayAgreementCommand,
  GatewayForm,
  GatewayServiceRequest,
  Records,
} from '@payout/schemas/generated/records'
import { topics } from '@payout/schemas/topics'
import { runAgreementTask } from '../agreement/agreement-task.ts'
import { SignerBench } from './signer-bench.ts'

export const EMAIL = 'Zhang@Example.com'

export const BY_EMAIL = { bizType: '10004', userEmail: EMAIL }

type AgreementCommandName = (typeof topics)['agreement.commands']['values'][number]
type ToSignName = (typeof topics)['gateway.to-sign']['values'][number]

/** A command as upstream writes it. */
export type Asked = { [N in AgreementCommandName]: readonly [name: N, value: Records[N]] }[AgreementCommandName]

export function sign(changes: Partial<AgreementSignRequested> = {}): Asked {
  const value = { commandId: 'c1', partner: 'acme', email: EMAIL, requestedAt: null, ...changes }
  return ['agreement.AgreementSignRequested', value]
}

export function status(changes: Partial<AgreementStatusRequested> = {}): Asked {
  const value = { commandId: 'c1', partner: 'acme', email: EMAIL, seenCode: null, requestedAt: null, ...changes }
  return ['agreement.AgreementStatusRequested', value]
}

/** One that says nothing of what is to be cancelled. */
export function unsign(changes: Partial<AgreementUnsignRequested> = {}): Asked {
  const nothing = { customerCode: null, typeCode: null, bizType: null, transAccountOut: null, userEmail: null }
  const value = { commandId: 'c1', partner: 'acme', ...nothing, requestedAt: null, ...changes }
  return ['agreement.AgreementUnsignRequested', value]
}

/** The signer after it has processed these commands. */
export async function processed(...commands: Asked[]): Promise<AgreementBench> {
  const bench = new AgreementBench()
  for (const command of commands) bench.append(command)
  await bench.runAgreements()
  return bench
}

/** The signer on commands about agreements, and on what the reconciler wants signed for them. */
export class AgreementBench extends SignerBench {
  append([name, value]: Asked, { partition = 0, headers = {} } = {}): LogRecord {
    return this.log.append({ topic: 'agreement.commands', partition, value: this.codec.encode(name, value), headers })
  }

  toSign<N extends ToSignName>(name: N, value: Records[N], partition: number, headers = {}): LogRecord {
    return this.log.append({ topic: 'gateway.to-sign', partition, value: this.codec.encode(name, value), headers })
  }

  /** One session, until it has read everything. */
  runAgreements(partition = 0): Promise<void> {
    return this.work(this.log.open('agreement.commands', partition), runAgreementTask)
  }

  get commands(): GatewayAgreementCommand[] {
    return this.log
      .all('gateway.commands')
      .map(({ value }) => this.codec.decode(value, ['gateway.GatewayAgreementCommand']).value)
  }

  get agreementEvents(): AgreementEvent[] {
    return this.log
      .all('agreement.events')
      .map(({ value }) => this.codec.decode(value, topics['agreement.events'].values))
  }

  get forms(): GatewayForm[] {
    return this.log
      .all('gateway.forms')
      .flatMap(({ value }) => (value ? [this.codec.decode(value, ['gateway.GatewayForm']).value] : []))
  }

  get serviceRequests(): GatewayServiceRequest[] {
    return this.log
      .all('gateway.requests')
      .map(({ value }) => this.codec.decode(value, ['gateway.GatewayServiceRequest']).value)
  }

  /** Everything that it wrote, as text: what must not be in it is searched in here. */
  get written(): string {
    return this.log.commits
      .flat()
      .map(({ key, value, headers }) => `${key} ${value} ${JSON.stringify(headers)}`)
      .join('\n')
  }
}
