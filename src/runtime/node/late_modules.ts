import type * as crypto from 'node:crypto'
import type * as dns from 'node:dns'
import { createRequire } from 'node:module'
import type * as tls from 'node:tls'
import type * as zlib from 'node:zlib'

const require = createRequire(import.meta.url)

/**
 * What few clients need of Node itself is loaded with the first that does: TLS and compression would take a sixth of the time
 * in which the driver is imported.
 */
export function cryptoModule(): typeof crypto {
  return require('node:crypto') as typeof crypto
}

/** As `cryptoModule`. */
export function tlsModule(): typeof tls {
  return require('node:tls') as typeof tls
}

/** As `cryptoModule`. */
export function zlibModule(): typeof zlib {
  return require('node:zlib') as typeof zlib
}

/** As `cryptoModule`; and as it is now, since `setServers` replaces its functions. */
export function dnsModule(): typeof dns {
  return require('node:dns') as typeof dns
}
