import type { Db } from '#db'
import type { GrantPlace } from './grant.store.ts'

/** The default enterprise project is there for everybody and has no row. */
const DEFAULT_ENTERPRISE_PROJECT = '0'

/** Whether the place is the account's; false for unknown and foreign ones alike. */
export async function isOwnPlace(db: Db, domainId: string, place: GrantPlace): Promise<boolean> {
  if (place.scope === 'project') {
    const query = db.selectFrom('iam.project').select('id').where('id', '=', place.projectId)
    return (await query.where('domain_id', '=', domainId).executeTakeFirst()) !== undefined
  }
  if (place.scope !== 'enterprise_project' || place.enterpriseProjectId === DEFAULT_ENTERPRISE_PROJECT) return true
  const query = db.selectFrom('iam.enterprise_project').select('id').where('id', '=', place.enterpriseProjectId)
  return (await query.where('domain_id', '=', domainId).executeTakeFirst()) !== undefined
}
