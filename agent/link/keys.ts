import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'

/** A new Ed25519 key of this host, as PEM. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** base64url of the 32 raw bytes. */
export function publicKeyOf(privateKeyPem: string): string {
  const { x } = createPublicKey(privateKeyPem).export({ format: 'jwk' })
  if (x === undefined) throw new Error('the private key is not an Ed25519 key')
  return x
}

export function signText(privateKeyPem: string, text: string): string {
  return sign(null, Buffer.from(text, 'utf8'), createPrivateKey(privateKeyPem)).toString('base64url')
}
