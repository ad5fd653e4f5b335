import type { ConnectionOptions } from 'node:tls'

/** TLS as Node's `tls.connect` takes it: wanted, or implied by a certificate; undefined for none. */
export function tlsOptions(
  wanted: boolean,
  files: { readonly ca: string | undefined; readonly cert: string | undefined; readonly key: string | undefined },
): ConnectionOptions | undefined {
  const given = Object.fromEntries(Object.entries(files).filter(([, content]) => content !== undefined))
  return wanted || Object.keys(given).length > 0 ? given : undefined
}
