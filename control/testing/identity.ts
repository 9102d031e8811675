import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '#db'
import type { Keyring } from '#iam'
import { secretContext } from '../iam/identity/account.service.ts'
import { hashPassword } from '../iam/identity/password.ts'
import { type AccessKey, newAccessKey } from './access-key.ts'

/** A user with a password and a key, and no permission at all. */
export interface TestUser {
  readonly id: string
  readonly name: string
  readonly password: string
  readonly access_key: AccessKey
}

/** A user of an account that is there already; may do nothing until it is granted something. */
export async function insertTestUser(
  { db, keyring }: { readonly db: Db; readonly keyring: Keyring },
  domainId: string,
  name: string,
): Promise<TestUser> {
  const user = { id: randomUUID().replaceAll('-', ''), name, password: `Cc3!${randomBytes(12).toString('hex')}` }
  const access_key = newAccessKey()
  const created_at = new Date()
  const password_hash = await hashPassword(user.password)
  await db
    .insertInto('iam.user')
    .values({ id: user.id, domain_id: domainId, name, password_hash, created_at })
    .execute()
  const secret_sealed = keyring.secrets.seal(access_key.secret, secretContext(access_key.access))
  await db
    .insertInto('iam.access_key')
    .values({ access_key: access_key.access, user_id: user.id, secret_sealed, created_at })
    .execute()
  return { ...user, access_key }
}

/** An account with its owner and one project. */
export interface TestAccount {
  readonly domain: { readonly id: string; readonly name: string }
  readonly project: { readonly id: string; readonly name: string }
  readonly owner: TestUser
}

/** An account of its own beside the world's, that has to learn nothing of that one. */
export async function insertTestAccount(deps: { readonly db: Db; readonly keyring: Keyring }): Promise<TestAccount> {
  const id = () => randomUUID().replaceAll('-', '')
  const domain = { id: id(), name: `account-${id().slice(0, 8)}` }
  const project = { id: id(), name: 'local-1' }
  const created_at = new Date()
  await deps.db
    .insertInto('iam.domain')
    .values({ ...domain, created_at })
    .execute()
  await deps.db
    .insertInto('iam.project')
    .values({ ...project, domain_id: domain.id, created_at })
    .execute()
  const owner = await insertTestUser(deps, domain.id, 'owner')
  await deps.db.updateTable('iam.user').set({ is_owner: true }).where('id', '=', owner.id).execute()
  return { domain, project, owner }
}
