import { MapiError } from '../error.ts'

/**
 * Decodes standard base64, strictly: no blanks, no line breaks, padding in place, no bits left over. So one signature
 * has one spelling.
 * @throws MapiError MAPI_BASE64_FORMAT
 */
export function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  // Node's decoder skips what it does not know and takes base64url: the way back shows it.
  if (text === '' || bytes.toString('base64') !== text) {
    throw new MapiError('MAPI_BASE64_FORMAT', 'not strict base64: no blanks or line breaks, padding in place')
  }
  return bytes
}
