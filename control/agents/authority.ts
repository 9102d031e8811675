import 'reflect-metadata'
import { createHash, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)

/** P-256 rather than Ed25519: every TLS stack an agent may sit behind can verify it. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const CA_YEARS = 20
const LISTENER_DAYS = 90

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificatePem: string
  readonly keyPem: string
}

/** Makes the control plane's own CA: it signs nothing but the certificates of the agent listeners. */
export async function createAuthority(now: Date): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Berth agent link',
    notBefore: hourBefore(now),
    notAfter: daysAfter(now, CA_YEARS * 365),
    signingAlgorithm: ALGORITHM,
    keys: keys as webcrypto.CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as webcrypto.CryptoKey),
    ],
  })
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: await exportKey(keys.privateKey as webcrypto.CryptoKey),
  }
}

/** Issues a short-lived certificate for the names and addresses under which agents reach this listener. */
export async function issueListenerCertificate(
  authority: KeyPair,
  hosts: readonly string[],
  now: Date,
): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificatePem)
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=Berth agent listener',
    issuer: issuer.subject,
    notBefore: hourBefore(now),
    notAfter: daysAfter(now, LISTENER_DAYS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey as webcrypto.CryptoKey,
    signingKey: await importKey(authority.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hosts.map(alternativeName)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: await exportKey(keys.privateKey as webcrypto.CryptoKey),
  }
}

/** Hex SHA-256 of the DER form: what a join token carries. */
export function fingerprint(certificatePem: string): string {
  return createHash('sha256')
    .update(Buffer.from(new x509.X509Certificate(certificatePem).rawData))
    .digest('hex')
}

function alternativeName(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host }
}

function serial(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString('hex')
    .replace(/^[89a-f]/, '1')
}

function hourBefore(at: Date): Date {
  return new Date(at.getTime() - 3_600_000)
}

function daysAfter(at: Date, days: number): Date {
  return new Date(at.getTime() + days * 86_400_000)
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${der
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd()}\n-----END PRIVATE KEY-----\n`
}

function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign']) as Promise<webcrypto.CryptoKey>
}
