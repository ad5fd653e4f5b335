/**
 * The services of the gateway that can be steered by orders (control-command.ts); `notify_verify` has an order of its
 * own.
 */
export const GATEWAY_SERVICES = [
  'batch_trans_notify_no_pwd',
  'sign_protocol_with_partner',
  'query_customer_protocol',
  'customer_unsign',
  'bptb_refund_file',
] as const

export type GatewayServiceName = (typeof GATEWAY_SERVICES)[number]
