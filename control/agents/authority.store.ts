import type { Db } from '#db'
import type { Sealer } from '#iam'
import type { Clock } from '#kernel'
import { createAuthority, type KeyPair } from './authority.ts'

const ID = 'agent-link'
const CONTEXT = 'agents.authority'

/** The CA of this installation: made once, by whichever replica is first; the key lies sealed in the database. */
export async function requireAuthority(db: Db, sealer: Sealer, clock: Clock): Promise<KeyPair> {
  const known = await findAuthority(db, sealer)
  if (known) return known
  const made = await createAuthority(clock.now())
  await db
    .insertInto('agents.authority')
    .values({
      id: ID,
      certificate_pem: made.certificatePem,
      key_sealed: sealer.seal(made.keyPem, CONTEXT),
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  const stored = await findAuthority(db, sealer)
  if (!stored) throw new Error('the authority of the agent link was not stored')
  return stored
}

async function findAuthority(db: Db, sealer: Sealer): Promise<KeyPair | undefined> {
  const row = await db.selectFrom('agents.authority').selectAll().where('id', '=', ID).executeTakeFirst()
  return row && { certificatePem: row.certificate_pem, keyPem: sealer.open(row.key_sealed, CONTEXT) }
}
