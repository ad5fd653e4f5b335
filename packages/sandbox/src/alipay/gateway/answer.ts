/** What the XML declaration of an answer says; real answers were seen with each of the three. */
export type AnswerDeclaration = 'GBK' | 'utf-8' | 'none'

export interface GatewayAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
  /** Further headers, by their names. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * The answer to a batch request (batch_trans_notify_no_pwd 1.3 §5.2): `is_success` T and `error` SUCCESS, or F and a
 * code of tables 10-1 and 10-2.
 *
 * @param code `SUCCESS`, or the code of the refusal
 */
export function xmlAnswer(code: string, declaration: AnswerDeclaration): GatewayAnswer {
  return xml(`<is_success>${code === 'SUCCESS' ? 'T' : 'F'}</is_success><error>${code}</error>`, declaration)
}

/**
 * The answer T of the services for agreements: no `error`, and what else they tell, in order, directly below the root.
 *
 * @param elements names and texts that need no escaping
 */
export function acceptedAnswer(
  elements: Readonly<Record<string, string>>,
  declaration: AnswerDeclaration,
): GatewayAnswer {
  const written = Object.entries(elements).map(([name, text]) => `<${name}>${text}</${name}>`)
  return xml(`<is_success>T</is_success>${written.join('')}`, declaration)
}

/** A page such as a proxy before the gateway makes. */
export function htmlAnswer(status: number): GatewayAnswer {
  return textAnswer(
    `<html><head><title>${status}</title></head><body><h1>${status}</h1><is_success>T</is_success></body></html>`,
    status,
  )
}

/** The text that `notify_verify` answers with. */
export function textAnswer(body: string, status = 200): GatewayAnswer {
  return { status, contentType: 'text/html;charset=GBK', body: Buffer.from(body, 'latin1') }
}

/** A well-formed document which says T only to a reader that follows its entities. */
export const ENTITY_ANSWER: GatewayAnswer = {
  status: 200,
  contentType: 'text/xml;charset=GBK',
  body: Buffer.from(
    '<?xml version="1.0" encoding="GBK"?>\n<!DOCTYPE alipay [<!ENTITY ok "T">]>\n<alipay><is_success>&ok;</is_success><error>SUCCESS</error></alipay>',
  ),
}

function xml(elements: string, declaration: AnswerDeclaration): GatewayAnswer {
  const document = `<alipay>${elements}</alipay>`
  return declaration === 'none'
    ? { status: 200, contentType: 'text/xml', body: Buffer.from(document, 'latin1') }
    : {
        status: 200,
        contentType: `text/xml;charset=${declaration}`,
        body: Buffer.from(`<?xml version="1.0" encoding="${declaration}"?>\n${document}`, 'latin1'),
      }
}
