/** What is asked once, by kafkajs' own admin client. */
import { PipelineError } from '@payout/schemas/error'
import type { Admin } from 'kafkajs'
import { LogUnavailableError } from '../../errors.ts'
import { type KafkaConnection, kafkaClient } from '../client.ts'
import { within } from '../within.ts'
import { withReason } from './access-fault.ts'

/** Where the settings are wrong kafkajs may still be connecting. */
const DISCONNECT_MS = 1_000

/**
 * Gives an admin client to `work`, and closes its connections whatever comes.
 * @throws LogUnavailableError for whatever is no error of the pipeline; LogAccessError
 */
export async function withAdmin<T>(connection: KafkaConnection, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(connection).admin()
  try {
    return await withReason(
      connection,
      admin.connect().then(() => work(admin)),
    )
  } catch (error) {
    if (error instanceof PipelineError) throw error
    throw new LogUnavailableError('the topics could not be looked at or made', { cause: error })
  } finally {
    await within(DISCONNECT_MS, 'a disconnection', admin.disconnect()).catch(() => undefined)
  }
}
