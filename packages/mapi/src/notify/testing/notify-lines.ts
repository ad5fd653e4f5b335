/** Lines of notifies, as tests write and read them. */
import fc from 'fast-check'
import { hasUnprintable } from '../../text/printable-text.ts'
import { fen } from '../../values/fen.ts'
import { type Charset, encode, type ReadableCharset } from '../../wire/charset.ts'
import { type NotifyLine, notifyDetails } from '../notify-details.ts'

/** The two lines of batch_trans_notify_no_pwd 1.3 §6.2. */
export const SUCCESS = '0315001^gonglei1@handsome.com.cn^龚本林^20.00^S^null^200810248427067^20081024143652'
export const FAIL =
  '0315006^xinjie_xj@163.com^星辰公司1^20.00^F^TXN_RESULT_TRANSFER_OUT_CAN_NOT_EQUAL_IN^200810248427065^20081024143651'
/** Reads both lists. */
export const texts = ({ successDetails = '', failDetails = '' }, charset: Charset = 'utf-8') =>
  notifyDetails(
    [
      ['success_details', encode(successDetails, charset)],
      ['fail_details', encode(failDetails, charset)],
    ],
    charset,
  )
export const success = (text: string) => texts({ successDetails: text })
export const fail = (text: string) => texts({ failDetails: text })
/** Reads the list of successes, of texts and of bytes that are none. */
export const bytes = (charset: ReadableCharset, ...pieces: (string | Buffer)[]) => {
  const written = charset === 'gb18030' ? 'gbk' : charset
  const details = Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? encode(piece, written) : piece)))
  return notifyDetails([['success_details', details]], charset)
}
/** The serials, or why a line could not be read. */
export const serials = (reads: ReturnType<typeof notifyDetails>) =>
  reads.map((read) => (read.ok ? read.line.serial : read.why))

const column = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength })
    .filter((value) => !/[\^|\p{Cc}\u2028\u2029]/u.test(value) && value !== 'null' && [...value].length <= maxLength)
/** Any lines that can be written and read again. */
export const lines = fc.array(
  fc.record<NotifyLine>({
    serial: fc.stringMatching(/^[0-9a-z]{1,32}$/),
    account: column(100).filter((text) => !hasUnprintable(text)),
    name: column(128),
    amount: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(fen),
    result: fc.constantFrom('S', 'F'),
    reason: fc.option(column(40)),
    alipaySerial: fc.stringMatching(/^[0-9]{17,21}$/),
    completedAt: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
  }),
)
