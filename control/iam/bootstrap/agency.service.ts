import { findDomainId, insertAgency, updateAgency } from '../identity/agency.store.ts'
import { type Agency, listAgencies } from '../identity/agency.view.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { AgencyEntry } from './document.ts'
import { findDifferences } from './named.ts'
import type { Place } from './parse.ts'

/** Returns the ids of the file's agencies, in its order. */
export async function applyAgencies(application: AccountApplication): Promise<readonly string[]> {
  const { trx, account, entry, place } = application
  const entries = entry.agencies ?? []
  if (entries.length === 0) return []
  const rows = await listAgencies(trx, account.id, {})
  const ids: string[] = []
  for (const [index, agency] of entries.entries()) {
    ids.push(await applyAgency(application, agency, [...place, 'agencies', index], rows))
  }
  return ids
}

async function applyAgency(
  application: AccountApplication,
  entry: AgencyEntry,
  place: Place,
  rows: readonly Agency[],
): Promise<string> {
  const { trx, at, account } = application
  const { name, description, max_session_seconds } = entry
  const { id, row } = matchRow(application, 'agency', entry, place, rows)
  const trust_domain_id = await findDomainId(trx, entry.trust_account)
  if (trust_domain_id === undefined) {
    refuse(application, [...place, 'trust_account'], `there is no account ${entry.trust_account}`)
  }
  if (row) {
    if (row.trust_policy !== null && row.trust_domain_id !== trust_domain_id) {
      const why = `the trust policy of ${name} says that it trusts ${row.trust_domain_name}; delete the agency first`
      refuse(application, [...place, 'trust_account'], why)
    }
    const changes = findDifferences(row, { name, description, max_session_seconds, trust_domain_id })
    if (noteChange(application, 'agency', name, changes)) {
      requireWritten(await writeAt(application, place, () => updateAgency(trx, account.id, id, changes)))
    }
    return id
  }
  noteCreated(application, 'agency', name)
  const said = {
    name,
    description: description ?? '',
    max_session_seconds: max_session_seconds ?? 3600,
    trust_domain_id,
  }
  await writeAt(application, place, () => insertAgency(trx, { id, domain_id: account.id, ...said, created_at: at }))
  return id
}
