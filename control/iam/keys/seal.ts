import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
export const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Authenticated encryption of short texts. The context (what and whose) is bound in: a sealed text opens nowhere else. */
export interface Sealer {
  seal(plain: string, context: string): string
  /** Throws when the text was changed, sealed with another key, or for another context. */
  open(sealed: string, context: string): string
}

/** `purpose` gives each use of the master key a key of its own. */
export function masterSealer(masterKey: Buffer, purpose: string): Sealer {
  return createSealer(Buffer.from(hkdfSync('sha256', masterKey, '', `berth ${purpose}`, KEY_BYTES)))
}

/** Seals with a key of 32 bytes; base64url of nonce, text and tag. */
export function createSealer(key: Buffer): Sealer {
  return {
    seal: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
    },
    open: (sealed, context) => {
      const bytes = Buffer.from(sealed, 'base64url')
      // decoding overlooks what does not belong there: of one sealed text there is one spelling
      if (bytes.toString('base64url') !== sealed) throw new Error('the sealed text is not base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('the sealed text is too short')
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
      const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
    },
  }
}
