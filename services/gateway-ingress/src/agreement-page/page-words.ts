import type { Language } from './language.ts'

/** What the pages say. */
export interface PageWords {
  /** For the attribute `lang`. */
  readonly lang: string
  readonly signing: {
    readonly title: string
    readonly what: string
    readonly merchant: string
    readonly agreement: string
    readonly agreementName: string
    readonly account: string
    readonly next: string
    readonly password: string
    readonly stranger: string
    /** Without scripts. */
    readonly press: string
    readonly going: string
    readonly stayed: string
    readonly go: string
  }
  readonly gone: { readonly title: string; readonly why: string; readonly wayOut: string }
  readonly later: { readonly title: string; readonly wayOut: string }
}

export const pageWords: Readonly<Record<Language, PageWords>> = {
  zh: {
    lang: 'zh-CN',
    signing: {
      title: '前往支付宝签约',
      what: '一家商户请您在支付宝签署一份协议。接下来打开的是支付宝自己的页面，是否签署由您在那里决定。',
      merchant: '商户代号',
      agreement: '协议',
      agreementName: '自动付款和自动退款',
      account: '您的支付宝账户',
      next: '即将打开',
      password: '支付宝密码只能在支付宝的页面上输入。本页从不询问密码。',
      stranger: '如果您不认识这家商户，或者上面不是您的账户，请关闭页面，协议不会被签署。',
      press: '请按下面的按钮继续。',
      going: '两秒后将自动前往支付宝。按任意键或触摸屏幕，即可停留在本页。',
      stayed: '已停留在本页。准备好后，请按下面的按钮继续。',
      go: '前往支付宝',
    },
    gone: {
      title: '此链接无法使用',
      why: '它可能已经打开过、已经过期，或者不完整。',
      wayOut: '如果您刚刚收到它，请稍等片刻再打开一次；否则请向发送链接的商户索取新的链接。',
    },
    later: { title: '暂时无法打开此页', wayOut: '请稍等片刻，再重新打开这个链接。' },
  },
  en: {
    lang: 'en',
    signing: {
      title: 'Go to Alipay to sign',
      what: 'A merchant asks you to sign an agreement at Alipay. The next page is Alipay’s own; you decide there whether to sign.',
      merchant: 'Merchant code',
      agreement: 'Agreement',
      agreementName: 'Automatic payment and automatic refund',
      account: 'Your Alipay account',
      next: 'Next page',
      password: 'Enter your Alipay password on Alipay’s own page only. This page never asks for it.',
      stranger:
        'If you don’t know this merchant, or this is not your account, close this page: nothing will be signed.',
      press: 'Press the button to go on.',
      going: 'You will be taken to Alipay in two seconds. Press any key or touch the screen to stay here.',
      stayed: 'This page waits for you. Press the button when you are ready.',
      go: 'Go to Alipay',
    },
    gone: {
      title: 'This link can’t be used',
      why: 'It may have been opened before, may have expired, or may be incomplete.',
      wayOut:
        'If you have only just received it, open it again in a moment. Otherwise ask the merchant who sent it for a new one.',
    },
    later: { title: 'This page can’t be opened just now', wayOut: 'Please open the link again in a moment.' },
  },
}
