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

interface HeldRow {
  readonly user_id: string | null
  readonly group_id: string | null
  readonly agency_id: string | null
}

/** Who has what a row gives; the table sees to it that it is exactly one. */
export function holderOf(row: HeldRow): { readonly kind: SubjectKind; readonly subjectId: string } {
  if (row.user_id !== null) return { kind: 'user', subjectId: row.user_id }
  if (row.group_id !== null) return { kind: 'group', subjectId: row.group_id }
  return { kind: 'agency', subjectId: row.agency_id ?? '' }
}
