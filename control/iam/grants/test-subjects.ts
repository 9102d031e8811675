import { randomBytes } from 'node:crypto'
import type { Db } from '#db'
import { ensureAccount } from '#iam'
import { systemClock } from '#kernel'
import { type AccessKey, newAccessKey, type TestApi } from '../../testing/api.ts'
import { newId } from './policy.ts'

/** A group with these members. */
export async function insertGroup(db: Db, domainId: string, userIds: readonly string[] = []): Promise<string> {
  const id = newId()
  await db
    .insertInto('iam.group')
    .values({ id, domain_id: domainId, name: `group-${id}`, created_at: new Date() })
    .execute()
  for (const user_id of userIds) await db.insertInto('iam.group_member').values({ group_id: id, user_id }).execute()
  return id
}

export async function insertAgency(db: Db, domainId: string): Promise<string> {
  const id = newId()
  await db
    .insertInto('iam.agency')
    .values({ id, domain_id: domainId, name: `agency-${id}`, trust_domain_id: domainId, created_at: new Date() })
    .execute()
  return id
}

export async function insertEnterpriseProject(db: Db, domainId: string): Promise<string> {
  const id = newId()
  const at = new Date()
  await db
    .insertInto('iam.enterprise_project')
    .values({ id, domain_id: domainId, name: `ep-${id}`, created_at: at, updated_at: at })
    .execute()
  return id
}

export interface TestAccount {
  readonly domainId: string
  readonly projectId: string
  readonly userId: string
  readonly access_key: AccessKey
}

/** Another account, with the key of its owner. */
export async function insertAccount({ db, keyring }: TestApi): Promise<TestAccount> {
  const access_key = newAccessKey()
  const [domainId, projectId, userId] = [newId(), newId(), newId()]
  const password = `Dd4!${randomBytes(12).toString('hex')}`
  const account = {
    domain: { id: domainId, name: `account-${domainId}` },
    project: { id: projectId, name: 'local-1' },
    user: { id: userId, name: 'other-owner', password },
    access_key,
  }
  await ensureAccount({ db, clock: systemClock, secrets: keyring.secrets }, account)
  return { domainId, projectId, userId, access_key }
}

/** An identity policy as text. */
export function identityDocument(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '5.0', Statement: statements })
}

export function allow(...actions: readonly string[]): { readonly Effect: string; readonly Action: readonly string[] } {
  return { Effect: 'Allow', Action: actions }
}
