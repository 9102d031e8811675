import { randomInt } from 'node:crypto'

const ACCESS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const SECRET = `${ACCESS}abcdefghijklmnopqrstuvwxyz`

export interface KeyPair {
  readonly access: string
  readonly secret: string
}

/** 20 and 40 characters, as published examples have them: 103 and 238 bits. */
export function newKeyPair(): KeyPair {
  return { access: pick(ACCESS, 20), secret: pick(SECRET, 40) }
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
