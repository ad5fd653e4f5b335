/** The part of npm `alipay` 0.0.4, a port of Alipay's own demo, that the tests compare with. */
declare module 'alipay/lib/alipay_submit.class.js' {
  export class AlipaySubmit {
    constructor(config: { sign_type: 'MD5'; key: string; input_charset: string })
    buildRequestPara(parameters: Record<string, string>): Record<string, string>
    buildRequestParaToString(parameters: Record<string, string>): string
  }
}

declare module 'alipay/lib/alipay_core.function.js' {
  export function paraFilter(parameters: Record<string, string>): Record<string, string>
  export function argSort(parameters: Record<string, string>): Record<string, string>
  export function createLinkstring(parameters: Record<string, string>): string
}
