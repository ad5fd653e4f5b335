/** What the XML declaration of an answer says; real answers were seen with each of the three. */
export type AnswerDeclaration = 'GBK' | 'utf-8' | 'none'

export interface GatewayAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/**
 * The answer to a batch request (seed 3 §5.2): `is_success` T and `error` SUCCESS, or F and a code of tables 10-1 and 10-2.
 *
 * @param code `SUCCESS`, or the code of the refusal
 */
export function xmlAnswer(code: string, declaration: AnswerDeclaration): GatewayAnswer {
  const mark = code === 'SUCCESS' ? 'T' : 'F'
  const xml = `<alipay><is_success>${mark}</is_success><error>${code}</error></alipay>`
  return declaration === 'none'
    ? { status: 200, contentType: 'text/xml', body: xml }
    : {
        status: 200,
        contentType: `text/xml;charset=${declaration}`,
        body: `<?xml version="1.0" encoding="${declaration}"?>\n${xml}`,
      }
}

/** A page such as a proxy before the gateway makes. */
export function htmlAnswer(status: number): GatewayAnswer {
  return {
    status,
    contentType: 'text/html;charset=GBK',
    body: `<html><head><title>${status}</title></head><body><h1>${status}</h1><is_success>T</is_success></body></html>`,
  }
}

/** The text that `notify_verify` answers with. */
export function textAnswer(body: string, status = 200): GatewayAnswer {
  return { status, contentType: 'text/html;charset=GBK', body }
}

/** A well-formed document which says T only to a reader that follows its entities. */
export const ENTITY_ANSWER: GatewayAnswer = {
  status: 200,
  contentType: 'text/xml;charset=GBK',
  body: '<?xml version="1.0" encoding="GBK"?>\n<!DOCTYPE alipay [<!ENTITY ok "T">]>\n<alipay><is_success>&ok;</is_success><error>SUCCESS</error></alipay>',
}
