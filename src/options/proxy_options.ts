import type { RowOf } from './option_row.ts'
import type { ProxyOptionValues } from './option_values.ts'

/** What SOCKS5 can carry of each. Source: RFC 1929. */
const credentialBytesMax = 255

/** A way to servers that cannot be dialled from here. Source: the specification of SOCKS5 support. */
export const proxyOptions: { readonly [Name in keyof ProxyOptionValues]-?: RowOf<Name> } = {
  proxyHost: {
    uri: 'proxyHost',
    group: 'Proxy',
    documentation: 'Host of a SOCKS5 proxy, through which every server is reached.',
    kind: 'string',
    repetition: 'never'
  },
  proxyPort: {
    uri: 'proxyPort',
    group: 'Proxy',
    documentation: 'Port of the proxy.',
    kind: 'integer',
    unit: 'port',
    min: 1,
    max: 65_535,
    default: 1080,
    repetition: 'never'
  },
  proxyUsername: {
    uri: 'proxyUsername',
    group: 'Proxy',
    documentation: 'User name for the proxy.',
    kind: 'string',
    bytesMax: credentialBytesMax,
    repetition: 'never'
  },
  proxyPassword: {
    uri: 'proxyPassword',
    group: 'Proxy',
    documentation: 'Password for the proxy.',
    kind: 'string',
    bytesMax: credentialBytesMax,
    repetition: 'never'
  }
}
