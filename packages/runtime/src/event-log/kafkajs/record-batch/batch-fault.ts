/**
 * Why a batch of records can't be read. It stays within the adapter: who reads a topic is told by
 * `BatchUndecodableError`.
 */
export class BatchFault extends Error {
  override readonly name = 'BatchFault'
}
