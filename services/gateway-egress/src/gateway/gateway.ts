/** What came of one call. */
export type GatewayReply =
  /** An answer with a body, however good. The body is cut off at the limit where `cut` is true. */
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly contentType: string | undefined
      readonly body: Buffer
      readonly cut: boolean
    }
  /** No answer, or half of one. Whether the request arrived is not known. */
  | { readonly kind: 'broken'; readonly code: BrokenCode; readonly status: number | null; readonly body: Buffer | null }

export type BrokenCode =
  | 'NAME_NOT_RESOLVED'
  | 'CONNECT_TIMED_OUT'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'TLS_FAILED'
  | 'TIMED_OUT'
  | 'NO_ANSWER'
  /** `mayGo` said no: nothing was sent. */
  | 'HELD_BACK'

/** A signed request as it goes out. */
export interface GatewayCall {
  /** `_input_charset`, which stands in the query and the content type too. */
  readonly charset: string
  /** The form body, byte for byte. */
  readonly body: Buffer
  /** What is waited for: a file may take longer and be larger. */
  readonly expects: 'answer' | 'file'
  /** Asked when a connection is there, right before the first byte: to make one can take long. */
  readonly mayGo: () => boolean
}

/** Alipay's gateway. Never rejects: whatever goes wrong is a broken reply. */
export interface Gateway {
  post(call: GatewayCall, signal: AbortSignal): Promise<GatewayReply>
}
