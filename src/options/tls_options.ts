import type { RowOf } from './option_row.ts'
import type { TLSOptionValues } from './option_values.ts'

/** Encryption, and whom to trust. All are files of PEM text, read when a client is made. */
export const tlsOptions: { readonly [Name in keyof TLSOptionValues]-?: RowOf<Name> } = {
  tls: {
    uri: 'tls',
    group: 'TLS',
    documentation: 'Encrypt connections; true for mongodb+srv.',
    kind: 'boolean',
    default: false,
    aliases: ['ssl'],
    repetition: 'equal'
  },
  tlsCAFile: {
    uri: 'tlsCAFile',
    group: 'TLS',
    documentation: 'File of the certificate authorities to trust, in place of those that come with Node.js.',
    kind: 'string'
  },
  tlsCRLFile: {
    uri: 'tlsCRLFile',
    group: 'TLS',
    documentation: "File with the authorities' lists of certificates that were revoked.",
    kind: 'string'
  },
  tlsCertificateKeyFile: {
    uri: 'tlsCertificateKeyFile',
    group: 'TLS',
    documentation: "File of the client's certificate and private key.",
    kind: 'string'
  },
  tlsCertificateKeyFilePassword: {
    uri: 'tlsCertificateKeyFilePassword',
    group: 'TLS',
    documentation: 'Password of the private key in tlsCertificateKeyFile.',
    kind: 'string'
  },
  tlsInsecure: {
    uri: 'tlsInsecure',
    group: 'TLS',
    documentation: 'Check neither certificates nor host names.',
    kind: 'boolean',
    default: false
  },
  tlsAllowInvalidCertificates: {
    uri: 'tlsAllowInvalidCertificates',
    group: 'TLS',
    documentation: 'Do not check certificates.',
    kind: 'boolean',
    default: false
  },
  tlsAllowInvalidHostnames: {
    uri: 'tlsAllowInvalidHostnames',
    group: 'TLS',
    documentation: 'Do not check that a certificate is for the host.',
    kind: 'boolean',
    default: false
  },
  tlsDisableOCSPEndpointCheck: {
    uri: 'tlsDisableOCSPEndpointCheck',
    group: 'TLS',
    documentation: "Accepted: cenote never asks a certificate's status endpoint whether it was revoked.",
    kind: 'boolean',
    default: false
  },
  tlsDisableCertificateRevocationCheck: {
    uri: 'tlsDisableCertificateRevocationCheck',
    group: 'TLS',
    documentation: 'Accepted: cenote checks whether a certificate was revoked only by the lists in tlsCRLFile.',
    kind: 'boolean',
    default: false
  }
}
