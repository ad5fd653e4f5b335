/**
 * How a notify came to be stored. `stored`: now. `stored-before`: by an earlier delivery, or by one at the same moment.
 * Both are answered with `success`; what is not stored ends with a RefusalError instead.
 */
export type Acceptance = 'stored' | 'stored-before'

/** The answer to a notify that is stored: these seven characters and nothing else (BTN-13). */
export const SUCCESS_BODY = 'success'
