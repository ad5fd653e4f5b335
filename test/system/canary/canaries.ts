import { needlesOf } from './hidden-forms.ts'

/** Kinds of what must not be everywhere, in the order of the columns of docs/personal-data.md. */
export const KINDS = [
  'payee name',
  'payee account',
  'memo',
  'signer',
  'paying account',
  'who decides',
  'partner id',
  'key',
  'form address',
] as const
export type Kind = (typeof KINDS)[number]

const SURNAMES = ['欧阳', '司马', '上官', '诸葛', '东方', '皇甫', '尉迟', '公孙', '慕容', '宇文', '长孙', '令狐']
const GIVEN = ['秋水', '春山', '冬雪', '夏雨', '明月', '清风', '白云', '青松', '红梅', '绿竹', '黄河', '长江']

/** Values that stand nowhere else, and what they are. */
export class Canaries {
  readonly #values = new Map<string, Kind>()
  #made = 0

  /** Of a value that there is already: a key, a partner id, the address of a form. */
  add(kind: Kind, value: string): string {
    this.#values.set(value, kind)
    return value
  }

  /** A name that nobody has: in every character set of the pipeline. */
  name(kind: 'payee name' | 'memo' | 'who decides'): string {
    const number = this.#made++
    const [first = '', second = '', third = ''] = [number, Math.floor(number / 12), Math.floor(number / 144)].map(
      (at) => GIVEN[at % 12],
    )
    const name = `${SURNAMES[(number + 5) % 12]}${third}${second}${first}`
    return this.add(kind, kind === 'memo' ? `${name}稿费` : name)
  }

  /** An account that nobody has. @param rule what the stand-in does with it */
  account(kind: 'payee account' | 'signer', rule = 'ok'): string {
    const mark = this.add(kind, `zq${8_000 + this.#made++}vk`)
    return `${rule}.${mark}@example.com`
  }

  /** A mobile number that nobody has. */
  phone(kind: 'payee account' | 'signer'): string {
    return this.add(kind, `139${10_000_000 + 7_919 * (this.#made++ + 1)}`)
  }

  /** A payee whose line the stand-in treats by the rule. */
  payee(rule = 'ok') {
    return {
      payeeName: this.name('payee name'),
      payeeAccount: this.account('payee account', rule),
      memo: this.name('memo'),
    }
  }

  /** Which values these texts hold, by their kinds. */
  foundIn(forms: readonly string[]): Map<Kind, string[]> {
    const found = new Map<Kind, string[]>()
    for (const [value, kind] of this.#values) {
      const needles = needlesOf(value)
      if (forms.some((form) => needles.some((needle) => form.includes(needle))))
        found.set(kind, [...(found.get(kind) ?? []), value])
    }
    return found
  }
}
