import type * as z from 'zod'
import type { SchemaRegistryOptions } from '../schema-registry/registry.ts'
import { flag, optional, text, timeSpan } from './field.ts'

export const registryFields = {
  SCHEMA_REGISTRY_URL: optional(
    text(
      {
        description:
          "the schema registry, where Confluent's framing is to be written; without it, Avro's single-object encoding, which needs none. A certificate that Node doesn't know: NODE_EXTRA_CA_CERTS",
        unit: 'URL',
        example: 'https://registry:8081',
      },
      {
        pattern: /^https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?$/,
        words: 'http://host:port or https://host:port, with its path',
      },
    ),
  ),
  SCHEMA_REGISTRY_USERNAME: optional(text({ description: 'the user for the schema registry' })),
  SCHEMA_REGISTRY_PASSWORD: optional(text({ description: "the password of the schema registry's user", secret: true })),
  SCHEMA_REGISTRY_REGISTER: flag({
    description: 'whether schemas that the registry lacks are registered; if not, they must all be there',
    default: 'true',
  }),
  SCHEMA_REGISTRY_TIMEOUT: timeSpan(
    { description: 'within which the schema registry must have answered', default: '5s' },
    { min: '100ms', max: '1m' },
  ),
}

type RegistrySettings = z.output<z.ZodObject<typeof registryFields>>

/** What `SchemaRegistry` takes; undefined where none is configured. */
export function registryOptions(
  config: RegistrySettings & { readonly NAMESPACE: string },
): Omit<SchemaRegistryOptions, 'logger'> | undefined {
  const { SCHEMA_REGISTRY_URL: url, SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = config
  if (url === undefined) return undefined
  return {
    url,
    credentials: username === undefined ? undefined : { username, password: password ?? '' },
    namespace: config.NAMESPACE,
    register: config.SCHEMA_REGISTRY_REGISTER,
    timeoutMs: config.SCHEMA_REGISTRY_TIMEOUT,
  }
}
