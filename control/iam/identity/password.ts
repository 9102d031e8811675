import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>

/** The first choice of RFC 9106 for memory-constrained environments, with 19 MiB (KiB here) and two passes. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const NONCE_BYTES = 16

/** `argon2id$<nonce>$<tag>` */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES)
  const tag = await derive('argon2id', { message: password, nonce, ...COST })
  return `argon2id$${nonce.toString('base64url')}$${tag.toString('base64url')}`
}

/** A hash of nothing anybody knows: checking against it costs as much as checking a real one. */
const NOBODY = `argon2id$${Buffer.alloc(NONCE_BYTES).toString('base64url')}$${Buffer.alloc(COST.tagLength).toString('base64url')}`

/** For an unknown user pass undefined: the answer is no, and takes as long as any other. */
export async function checkPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [algorithm, nonce = '', tag = ''] = (hash ?? NOBODY).split('$')
  if (algorithm !== 'argon2id') throw new Error('the password hash is of an unknown kind')
  const expected = Buffer.from(tag, 'base64url')
  const actual = await derive('argon2id', { message: password, nonce: Buffer.from(nonce, 'base64url'), ...COST })
  return timingSafeEqual(actual, expected) && hash !== undefined
}
