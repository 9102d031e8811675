import type { AccessMode, Db } from '#db'

/** A user with the account it belongs to. */
export interface Identity {
  readonly userId: string
  readonly userName: string
  readonly isOwner: boolean
  readonly passwordHash: string | null
  /** `programmatic` has no use of its password here, `console` none of its permanent keys. */
  readonly accessMode: AccessMode
  readonly domainId: string
  readonly domainName: string
  /** User and account are both enabled. */
  readonly enabled: boolean
  /** Tokens and temporary keys that were issued before must be renewed. */
  readonly credentialsAt: Date
}

function selectIdentities(db: Db) {
  return db
    .selectFrom('iam.user as u')
    .innerJoin('iam.domain as d', 'd.id', 'u.domain_id')
    .select(['u.id as userId', 'u.name as userName', 'u.is_owner as isOwner', 'u.password_hash as passwordHash'])
    .select(['d.id as domainId', 'd.name as domainName', 'u.credentials_at as credentialsAt'])
    .select('u.access_mode as accessMode')
    .select(({ and, ref }) => and([ref('u.enabled'), ref('d.enabled')]).as('enabled'))
}

export async function findIdentity(db: Db, userId: string): Promise<Identity | undefined> {
  const row = await selectIdentities(db).where('u.id', '=', userId).executeTakeFirst()
  return row as Identity | undefined
}

/** By id, or by name inside a domain that is named or numbered. */
export interface UserReference {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly domainId?: string | undefined
  readonly domainName?: string | undefined
}

export async function findIdentityBy(db: Db, by: UserReference): Promise<Identity | undefined> {
  let query = selectIdentities(db)
  if (by.id !== undefined) query = query.where('u.id', '=', by.id)
  else if (by.name === undefined || (by.domainId ?? by.domainName) === undefined) return undefined
  else query = query.where('u.name', '=', by.name)
  if (by.domainId !== undefined) query = query.where('d.id', '=', by.domainId)
  if (by.domainName !== undefined) query = query.where('d.name', '=', by.domainName)
  return (await query.executeTakeFirst()) as Identity | undefined
}

export interface AccessKey {
  readonly identity: Identity
  readonly secretSealed: string
  readonly enabled: boolean
}

/** In one statement: whoever changes the key and the user's `credentials_at` together is seen whole or not at all. */
export async function findAccessKey(db: Db, accessKey: string): Promise<AccessKey | undefined> {
  const row = await selectIdentities(db)
    .innerJoin('iam.access_key as k', 'k.user_id', 'u.id')
    .select(['k.secret_sealed as secretSealed', 'k.enabled as keyEnabled'])
    .where('k.access_key', '=', accessKey)
    .executeTakeFirst()
  if (!row) return undefined
  const { secretSealed, keyEnabled, ...identity } = row
  return { identity: identity as Identity, secretSealed, enabled: keyEnabled }
}

export interface Project {
  readonly id: string
  readonly name: string
  readonly domain_id: string
  /** The project of its region; null for that one itself. */
  readonly parent_id: string | null
  readonly enabled: boolean
  readonly description: string
}

export const PROJECT_COLUMNS = ['id', 'name', 'domain_id', 'parent_id', 'enabled', 'description'] as const

export async function findProject(db: Db, by: { readonly id: string }): Promise<Project | undefined> {
  return db.selectFrom('iam.project').select(PROJECT_COLUMNS).where('id', '=', by.id).executeTakeFirst()
}

export async function listProjects(db: Db, domainId: string): Promise<Project[]> {
  return db
    .selectFrom('iam.project')
    .select(PROJECT_COLUMNS)
    .where('domain_id', '=', domainId)
    .orderBy('name')
    .orderBy('id')
    .execute()
}

export interface Domain {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly enabled: boolean
}

export async function findDomain(db: Db, id: string): Promise<Domain | undefined> {
  const query = db.selectFrom('iam.domain').select(['id', 'name', 'description', 'enabled'])
  return query.where('id', '=', id).executeTakeFirst()
}
