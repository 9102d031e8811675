import type { Db, Tag } from '#db'

/** Somebody of an account who can be given something. */
export interface Subject {
  readonly id: string
  readonly kind: SubjectKind
  /** Path of the URN. */
  readonly urnPath: string
  readonly tags: readonly Tag[]
}

export type SubjectKind = 'user' | 'group' | 'agency'

type Find = (db: Db, domainId: string, id: string) => Promise<Omit<Subject, 'kind'> | undefined>

const FIND: Readonly<Record<SubjectKind, Find>> = {
  user: async (db, domainId, id) => {
    const query = db.selectFrom('iam.user').select(['id', 'name as urnPath', 'tags'])
    return query.where('id', '=', id).where('domain_id', '=', domainId).executeTakeFirst()
  },
  group: async (db, domainId, id) => {
    const query = db.selectFrom('iam.group').select(['id', 'name as urnPath'])
    const found = await query.where('id', '=', id).where('domain_id', '=', domainId).executeTakeFirst()
    return found && { ...found, tags: [] }
  },
  agency: async (db, domainId, id) => {
    const query = db.selectFrom('iam.agency').select(['id', 'name', 'path'])
    const found = await query.where('id', '=', id).where('domain_id', '=', domainId).executeTakeFirst()
    return found && { id: found.id, urnPath: `${found.path}${found.name}`, tags: [] }
  },
}

/** Undefined for an unknown one and for another account's: there is no difference to be seen. */
export async function findSubject(
  db: Db,
  domainId: string,
  kind: SubjectKind,
  id: string,
): Promise<Subject | undefined> {
  const found = await FIND[kind](db, domainId, id)
  return found && { ...found, kind }
}
