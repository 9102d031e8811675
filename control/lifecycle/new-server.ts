import { randomBytes } from 'node:crypto'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const LENGTH = 10

/** Generated names (contract 3.5 and 3.6): the computer's has 14 characters, the server's says when it was made. */
export interface Names {
  readonly name: string
  readonly machineName: string
}

export function newNames(at: Date, random: Uint8Array = randomBytes(64)): Names {
  const tail = lettersOf(random)
  const stamp = at.toISOString().replace(/\D/g, '').slice(0, 14)
  return { name: `APS-${stamp}-${tail}`, machineName: `APS-${tail}` }
}

/** Each of the letters equally often: bytes beyond a whole number of alphabets are left out. */
function lettersOf(random: Uint8Array): string {
  const most = Math.floor(256 / LETTERS.length) * LETTERS.length
  const letters = [...random].filter((byte) => byte < most).map((byte) => LETTERS[byte % LETTERS.length])
  if (letters.length < LENGTH) throw new RangeError(`${LENGTH} letters need more than ${random.length} random bytes`)
  return letters.slice(0, LENGTH).join('')
}
