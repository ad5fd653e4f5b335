import { TextDecoder } from 'node:util'
import { formatForm } from '@payout/mapi/wire/form'
import iconv from 'iconv-lite'
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from 'parse5'

type Element = DefaultTreeAdapterTypes.Element

/** A page as a browser reads it. */
export interface HtmlPage {
  readonly url: URL
  readonly status: number
  readonly title: string
  /** The value of the first attribute of this name, wherever in the page. */
  attribute(name: string): string | undefined
  readonly forms: readonly HtmlForm[]
}

/** A form of a page. */
export interface HtmlForm {
  readonly method: 'get' | 'post'
  /** Where it goes to; without a query for `get`, whose fields take its place. */
  readonly action: URL
  /** In which its values are sent. */
  readonly charset: string
  readonly controls: readonly HtmlControl[]
}

export interface HtmlControl {
  readonly type: 'hidden' | 'checkbox' | 'submit' | 'other'
  readonly name: string
  readonly value: string
}

/** What a browser sends for a form. */
export interface FormSubmission {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** Undefined for GET. */
  readonly body: string | undefined
}

/**
 * Reads a page as the HTML standard says.
 *
 * @param charset of the content type; utf-8 by default
 */
export function readHtmlPage(url: URL, status: number, body: Buffer, charset = 'utf-8'): HtmlPage {
  const elements = [...elementsOf(parse(new TextDecoder(charset).decode(body)))]
  const title = elements.find(({ tagName }) => tagName === 'title')
  return {
    url,
    status,
    title: title === undefined ? '' : textOf(title).trim(),
    attribute: (name) => elements.map((element) => attribute(element, name)).find((value) => value !== undefined),
    forms: elements.filter(({ tagName }) => tagName === 'form').map((form) => readForm(form, url, charset)),
  }
}

/**
 * What a browser sends when a form is submitted.
 *
 * @param ticked names of the check boxes that are ticked
 * @param pressed the button that was pressed: with a name it is sent too
 */
export function submit(form: HtmlForm, ticked: ReadonlySet<string>, pressed: HtmlControl | undefined): FormSubmission {
  const sent = form.controls.filter((control) => {
    if (control.name === '') return false
    if (control.type === 'submit') return control === pressed
    return control.type !== 'checkbox' || ticked.has(control.name)
  })
  const encoded = formatForm(sent.map(({ name, value }) => [name, iconv.encode(value, form.charset)]))
  if (form.method === 'post') return { method: 'POST', url: form.action, body: encoded }
  const url = new URL(form.action)
  url.search = encoded
  return { method: 'GET', url, body: undefined }
}

function readForm(form: Element, page: URL, charset: string): HtmlForm {
  const method = attribute(form, 'method')?.toLowerCase() === 'post' ? 'post' : 'get'
  return {
    method,
    action: new URL(attribute(form, 'action') ?? '', page),
    charset: attribute(form, 'accept-charset')?.trim().split(/\s+/)[0] ?? charset,
    controls: [...elementsOf(form)].flatMap((element) => controlOf(element) ?? []),
  }
}

function controlOf(element: Element): HtmlControl | undefined {
  const { tagName } = element
  if (tagName !== 'input' && tagName !== 'button') return undefined
  const type = (attribute(element, 'type') ?? (tagName === 'button' ? 'submit' : 'text')).toLowerCase()
  const known = type === 'hidden' || type === 'checkbox' || type === 'submit' ? type : 'other'
  const value = attribute(element, 'value') ?? (type === 'checkbox' ? 'on' : '')
  return { type: known, name: attribute(element, 'name') ?? '', value }
}

function* elementsOf(node: DefaultTreeAdapterTypes.ParentNode): Iterable<Element> {
  for (const child of node.childNodes) {
    if (!defaultTreeAdapter.isElementNode(child)) continue
    yield child
    yield* elementsOf(child)
  }
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((candidate) => candidate.name === name)?.value
}

function textOf(element: Element): string {
  return element.childNodes.map((child) => (defaultTreeAdapter.isTextNode(child) ? child.value : '')).join('')
}
