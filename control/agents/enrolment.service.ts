import { createHash, createPublicKey, randomBytes } from 'node:crypto'
import type { Db } from '#db'
import { type Clock, secondsAfter } from '#kernel'
import { type EnrolRequest, renderJoinToken } from '../../contract/agent/enrolment.ts'
import { fingerprint } from './authority.ts'

export interface JoinAddress {
  readonly host: string
  readonly port: number
  readonly caSha256: string
}

const SECRET_BYTES = 32
const LIFETIME_SECONDS = 24 * 3600

/** One line for the operator to paste on the host. The database keeps only the hash of its secret. */
export async function createJoinToken(db: Db, clock: Clock, serverId: string, at: JoinAddress): Promise<string> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  await db
    .insertInto('agents.join_token')
    .values({
      secret_sha256: sha256(secret),
      server_id: serverId,
      expires_at: secondsAfter(clock.now(), LIFETIME_SECONDS),
      used_at: null,
    })
    .execute()
  return renderJoinToken({ host: at.host, port: at.port, server_id: serverId, secret, ca_sha256: at.caSha256 })
}

/** The same for an operator who is not the control plane: the certificate is the one that is in the database. */
export async function createJoinTokenByHand(
  db: Db,
  clock: Clock,
  serverId: string,
  at: Omit<JoinAddress, 'caSha256'>,
): Promise<string> {
  const server = await db.selectFrom('agents.agent').select('server_id').where('server_id', '=', serverId).execute()
  if (server.length === 0) throw new Error(`there is no server ${serverId} that a host can enrol as`)
  const authority = await db.selectFrom('agents.authority').select('certificate_pem').executeTakeFirst()
  if (!authority) throw new Error('the control plane has not made its certificate yet; start it once')
  return createJoinToken(db, clock, serverId, { ...at, caSha256: fingerprint(authority.certificate_pem) })
}

/**
 * Spends the token and stores the agent's key, in one transaction. An agent whose answer got lost may ask again with
 * the same key; anybody else with a spent token is refused like one with none.
 */
export async function enrolAgent(db: Db, clock: Clock, request: EnrolRequest): Promise<boolean> {
  if (!isEd25519(request.public_key)) return false
  return db.transaction().execute(async (trx) => {
    const now = clock.now()
    const token = await trx
      .selectFrom('agents.join_token')
      .selectAll()
      .where('secret_sha256', '=', sha256(request.secret))
      .where('server_id', '=', request.server_id)
      .forUpdate()
      .executeTakeFirst()
    if (!token || token.expires_at <= now) return false
    if (token.used_at !== null) return hasKey(trx, request)
    await trx
      .updateTable('agents.join_token')
      .set({ used_at: now })
      .where('secret_sha256', '=', token.secret_sha256)
      .execute()
    // another key is another disk: what the agent of before has said is not true of it
    await trx
      .updateTable('agents.agent')
      .set({ public_key: request.public_key, agent_version: request.agent_version })
      .set({ boot_id: null, applied_generation: 0 })
      .where('server_id', '=', request.server_id)
      .execute()
    return true
  })
}

async function hasKey(db: Db, request: EnrolRequest): Promise<boolean> {
  const agent = await db
    .selectFrom('agents.agent')
    .select('public_key')
    .where('server_id', '=', request.server_id)
    .executeTakeFirst()
  return agent?.public_key === request.public_key
}

function isEd25519(raw: string): boolean {
  try {
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** The secret is 256 random bits: a plain hash is enough, and a look-up by hash leaks no timing of it. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
