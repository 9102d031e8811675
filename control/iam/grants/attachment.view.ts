import type { Db } from '#db'
import type { Attachment } from './attachment.store.ts'
import type { Policy } from './policy.ts'
import type { MarkerPage } from './policy.view.ts'
import { holderOf, type SubjectKind } from './subject.view.ts'

export interface AttachedPolicy extends Pick<Policy, 'domainId' | 'path' | 'name'> {
  readonly id: string
  readonly policyId: string
  readonly attachedAt: Date
}

const COLUMN = { user: 'a.user_id', group: 'a.group_id', agency: 'a.agency_id' } as const

/** What somebody has, in the order of the attachments' ids; one more than the page holds. */
export async function listAttachedPolicies(
  db: Db,
  kind: SubjectKind,
  subjectId: string,
  { limit, marker }: MarkerPage,
): Promise<readonly AttachedPolicy[]> {
  return db
    .selectFrom('iam.attachment as a')
    .innerJoin('iam.policy as p', 'p.id', 'a.policy_id')
    .select(['a.id', 'p.id as policyId', 'p.domain_id as domainId', 'p.path', 'p.name', 'a.created_at as attachedAt'])
    .where(COLUMN[kind], '=', subjectId)
    .$if(marker !== undefined, (query) => query.where('a.id', '>', marker as string))
    .orderBy('a.id')
    .limit(limit + 1)
    .execute()
}

export interface AttachedEntity {
  readonly id: string
  readonly userId: string | null
  readonly groupId: string | null
  readonly agencyId: string | null
  readonly attachedAt: Date
}

/** Who of an account has a policy; attachments of other accounts to a system policy are not theirs to see. */
export async function listAttachedEntities(
  db: Db,
  domainId: string,
  policyId: string,
  kind: SubjectKind | undefined,
  { limit, marker }: MarkerPage,
): Promise<readonly AttachedEntity[]> {
  return db
    .selectFrom('iam.attachment as a')
    .leftJoin('iam.user as u', 'u.id', 'a.user_id')
    .leftJoin('iam.group as g', 'g.id', 'a.group_id')
    .leftJoin('iam.agency as y', 'y.id', 'a.agency_id')
    .select(['a.id', 'a.user_id as userId', 'a.group_id as groupId', 'a.agency_id as agencyId'])
    .select('a.created_at as attachedAt')
    .where('a.policy_id', '=', policyId)
    .where(({ eb, fn }) => eb(fn.coalesce('u.domain_id', 'g.domain_id', 'y.domain_id'), '=', domainId))
    .$if(kind !== undefined, (query) => query.where(COLUMN[kind as SubjectKind], 'is not', null))
    .$if(marker !== undefined, (query) => query.where('a.id', '>', marker as string))
    .orderBy('a.id')
    .limit(limit + 1)
    .execute()
}

/** Everything that is attached to anybody of an account. */
export async function listAttachments(db: Db, domainId: string): Promise<readonly Attachment[]> {
  const rows = await db
    .selectFrom('iam.attachment as a')
    .leftJoin('iam.user as u', 'u.id', 'a.user_id')
    .leftJoin('iam.group as g', 'g.id', 'a.group_id')
    .leftJoin('iam.agency as y', 'y.id', 'a.agency_id')
    .select(['a.policy_id', 'a.user_id', 'a.group_id', 'a.agency_id'])
    .where(({ eb, fn }) => eb(fn.coalesce('u.domain_id', 'g.domain_id', 'y.domain_id'), '=', domainId))
    .orderBy('a.created_at')
    .orderBy('a.id')
    .execute()
  return rows.map((row) => ({ policyId: row.policy_id, ...holderOf(row) }))
}
