/** A small service for service.test.ts, in its process or as one of its own. `BEHAVIOUR` says what becomes of it. */
import { oneOf, optional } from '../../config/field.ts'
import { partnersFields, serviceFields, serviceSchema } from '../../config/service.ts'
import { Metrics } from '../../observability/metrics.ts'
import { RedisUnfitError } from '../../redis/errors.ts'
import { processHost, type ServiceHost } from '../host.ts'
import { runService } from '../service.ts'

const behaviours = [
  'start-fails',
  'unfit',
  'start-waits',
  'start-deaf',
  'crash',
  'reject',
  'fatal',
  'stop-hangs',
] as const

const schema = serviceSchema({
  ...serviceFields,
  ...partnersFields,
  BEHAVIOUR: optional(oneOf({ description: 'what becomes of it' }, behaviours)),
})

export function runFixture(host: ServiceHost = processHost): Promise<void> {
  const say = (line: string) => (host.output ?? process.stdout).write(`${line}\n`)
  return runService(
    {
      name: 'fixture',
      schema,
      partnerKeys: 'none',
      registry: new Metrics('fixture', {}).registry,
      start: async ({ config, partners, clock, stopping, opened, fatal }) => {
        switch (config.BEHAVIOUR) {
          case 'start-fails':
            throw new Error('no start')
          case 'unfit':
            throw new RedisUnfitError(['it evicts'])
          case 'start-waits':
            say('waits')
            await new Promise((_resolve, reject) => {
              stopping.addEventListener('abort', () => reject(new Error('given up')))
            })
            break
          case 'start-deaf':
            opened(async () => void say('closed'))
            say('waits')
            await new Promise(() => undefined)
            break
          case 'crash':
            setTimeout(() => {
              throw new Error('boom')
            }, 50)
            break
          case 'reject':
            setTimeout(() => Promise.reject(new Error('boom')), 50)
            break
          case 'fatal':
            setTimeout(() => fatal(new Error('the consumer is gone')), 50)
            break
          case 'stop-hangs':
          case undefined:
            break
          default:
            config.BEHAVIOUR satisfies never
        }
        return {
          checks: { partners: () => (partners.list().length > 0 ? true : 'there are none') },
          details: { shifted: String(clock.now() > Date.now() + 3_000_000) },
          stop: async () => {
            say('stopping')
            if (config.BEHAVIOUR === 'stop-hangs') await new Promise(() => undefined)
          },
        }
      },
    },
    host,
  )
}

if (import.meta.main) await runFixture()
