import type { KeyObject, X509Certificate } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { type TLSMaterial, TLSMaterialError } from '../tls.ts'
import { cryptoModule, tlsModule } from './late_modules.ts'

const certificateBlocks = blocksOf('(?:TRUSTED |X509 )?CERTIFICATE')
const revocationBlocks = blocksOf('X509 CRL')
/** The old form of an encrypted one has headers, and they may have dashes. */
const privateKeyBlock = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----/s

/**
 * Node's own errors name neither the part nor what is wrong with it, and a CA without a certificate it takes for none at
 * all: so each part is read here first.
 * @throws {TLSMaterialError}
 */
export function contextOptionsOf(material: TLSMaterial): SecureContextOptions {
  const { ca, certificate, key, crl } = material
  if (key !== undefined && certificate === undefined) {
    throw new TLSMaterialError('certificate', 'a private key is given without its certificate')
  }
  return {
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca: certificatesIn('ca', ca).map(String) }),
    ...(certificate === undefined ? {} : { cert: certificate, key: keyOf(certificate, material) }),
    ...(crl === undefined ? {} : { crl: revocationsIn(crl) })
  }
}

/** The private key, decrypted. */
function keyOf(certificate: string, material: TLSMaterial): string {
  const leaf = leafIn(certificate)
  const key = privateKeyIn(material)
  if (leaf !== undefined && !leaf.checkPrivateKey(key)) {
    throw new TLSMaterialError('key', 'the private key does not belong to the first certificate')
  }
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/**
 * The first certificate, which is presented; the others lead from it to an authority.
 * @throws {TLSMaterialError}
 */
export function leafIn(certificate: string): X509Certificate | undefined {
  return certificatesIn('certificate', certificate)[0]
}

function certificatesIn(part: 'ca' | 'certificate', text: string): X509Certificate[] {
  const blocks = text.match(certificateBlocks)
  if (blocks === null) {
    throw new TLSMaterialError(part, 'no certificate is in it; it needs -----BEGIN CERTIFICATE----- (PEM)')
  }
  return blocks.map((block, index) => {
    try {
      return new (cryptoModule().X509Certificate)(block)
    } catch (cause) {
      throw new TLSMaterialError(part, `certificate ${index + 1} of ${blocks.length} in it cannot be read`, cause)
    }
  })
}

function revocationsIn(text: string): string[] {
  const blocks = text.match(revocationBlocks)
  if (blocks === null) {
    throw new TLSMaterialError('crl', 'no revocation list is in it; it needs -----BEGIN X509 CRL----- (PEM)')
  }
  for (const [index, crl] of blocks.entries()) {
    try {
      tlsModule().createSecureContext({ crl })
    } catch (cause) {
      throw new TLSMaterialError('crl', `revocation list ${index + 1} of ${blocks.length} in it cannot be read`, cause)
    }
  }
  return blocks
}

function privateKeyIn({ key, keyPassword }: TLSMaterial): KeyObject {
  if (key === undefined || !/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw new TLSMaterialError('key', 'no private key is in it; it needs -----BEGIN PRIVATE KEY----- (PEM)')
  }
  const encrypted = /-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(key)
  if (encrypted && keyPassword === undefined) {
    throw new TLSMaterialError('keyPassword', 'the private key in it is encrypted, and no password is given')
  }
  // Not every runtime looks for it behind the certificates that may stand before it.
  const [block = key] = privateKeyBlock.exec(key) ?? []
  try {
    return cryptoModule().createPrivateKey(encrypted ? { key: block, passphrase: keyPassword } : { key: block })
  } catch (cause) {
    // OpenSSL's own words show neither key nor password.
    throw encrypted
      ? new TLSMaterialError('keyPassword', 'the private key in it cannot be decrypted with the password given', cause)
      : new TLSMaterialError('key', 'the private key in it cannot be read', cause)
  }
}

/** Between the two lines of a block there is base64, and nothing with a dash. */
function blocksOf(label: string): RegExp {
  return new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, 'g')
}
