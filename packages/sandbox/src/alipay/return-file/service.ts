import { isExistingDay } from '@payout/mapi/interfaces/parameter-format'
import iconv from 'iconv-lite'
import { BASIC_PARAMETERS } from '../gateway/admission.ts'
import type { GatewayAnswer } from '../gateway/answer.ts'
import type { CalledService } from '../gateway/service-handler.ts'
import type { ReturnFiles } from './return-files.ts'

/** Texts of table 8-1 (bptb_refund_file 1.3 §8.1). */
const [NO_DATE, NOTHING_FOR_DATE] = ['文件下载失败!非法请求参数。', '文件下载失败!文件下载失败!']

/** bptb_refund_file 1.3: the archive of a day, or a text or code in gb2312; the content type says which. */
export function bptbRefundFile(files: ReturnFiles, now: () => number): CalledService {
  return {
    name: 'bptb_refund_file',
    parameters: {
      names: new Set([...BASIC_PARAMETERS, 'date', 'biz_type']),
      missing: (present) => (present.has('date') ? undefined : NO_DATE),
    },
    about: (parameter) => ({ date: parameter('date') }),
    refusal: failure,
    perform: ({ partner, fields }) => {
      const date = fields.get('date') ?? ''
      if (!isExistingDay(date)) return 'ILLEGAL_ARGUMENT'
      const found = files.answerFor(partner.alias, date, partner.partnerId)
      if (found === undefined) return NOTHING_FOR_DATE
      return typeof found === 'string' ? found : archive(found, now())
    },
  }
}

function failure(text: string): GatewayAnswer {
  return { status: 200, contentType: 'text/html;charset=gb2312', body: iconv.encode(text, 'gbk') }
}

function archive(body: Buffer, at: number): GatewayAnswer {
  return {
    status: 200,
    contentType: 'application/octet-stream;charset=iso-8859-1',
    headers: { 'content-disposition': `attachment; filename="ALIPAY_${at}_R(secret).zip"` },
    body,
  }
}
