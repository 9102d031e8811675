import type { Db } from '#db'
import { newId } from './policy.ts'
import type { SubjectKind } from './subject.view.ts'

export interface Attachment {
  readonly policyId: string
  readonly kind: SubjectKind
  readonly subjectId: string
}

const COLUMN = { user: 'user_id', group: 'group_id', agency: 'agency_id' } as const

/** Throws the database's unique violation for a second time, and its foreign key violation when one side is gone. */
export async function insertAttachment(db: Db, { policyId, kind, subjectId }: Attachment, at: Date): Promise<void> {
  const holder = { user_id: null, group_id: null, agency_id: null, [COLUMN[kind]]: subjectId }
  await db
    .insertInto('iam.attachment')
    .values({ id: newId(), policy_id: policyId, created_at: at, ...holder })
    .execute()
}

/** False when there was nothing to take away. */
export async function deleteAttachment(db: Db, { policyId, kind, subjectId }: Attachment): Promise<boolean> {
  const result = await db
    .deleteFrom('iam.attachment')
    .where('policy_id', '=', policyId)
    .where(COLUMN[kind], '=', subjectId)
    .executeTakeFirst()
  return result.numDeletedRows === 1n
}
