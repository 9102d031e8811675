import { ENTERPRISE_PROJECT_QUOTA } from '../identity/enterprise-project.service.ts'
import {
  insertEnterpriseProject,
  listEnterpriseProjectRows,
  updateEnterpriseProject,
} from '../identity/enterprise-project.store.ts'
import { DEFAULT_ENTERPRISE_PROJECT_NAME, type EnterpriseProject } from '../identity/enterprise-project.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { EnterpriseProjectEntry } from './document.ts'
import { findDifferences } from './named.ts'
import type { Place } from './parse.ts'

const ENABLED = 1
const DISABLED = 2

export async function applyEnterpriseProjects(application: AccountApplication): Promise<void> {
  const { trx, account, entry, place } = application
  const entries = entry.enterprise_projects ?? []
  if (entries.length === 0) return
  const rows = await listEnterpriseProjectRows(trx, account.id)
  for (const [index, project] of entries.entries()) {
    const made = await applyEnterpriseProject(application, project, [...place, 'enterprise_projects', index], rows)
    if (made) rows.push(made)
  }
}

/** Returns the enterprise project when it was made. */
async function applyEnterpriseProject(
  application: AccountApplication,
  entry: EnterpriseProjectEntry,
  place: Place,
  rows: readonly EnterpriseProject[],
): Promise<EnterpriseProject | undefined> {
  const { trx, at, account } = application
  const { name, description, enabled } = entry
  if (name.toLowerCase() === DEFAULT_ENTERPRISE_PROJECT_NAME) {
    refuse(application, [...place, 'name'], `${name} is that of the one that every account has; it stays as it is`)
  }
  const { id, row } = matchRow(application, 'enterprise project', entry, place, rows)
  const status = enabled === undefined ? undefined : enabled ? ENABLED : DISABLED
  if (row) {
    const changes = findDifferences(row, { name, description, status })
    if (!noteChange(application, 'enterprise project', name, changes)) return undefined
    const update = () => updateEnterpriseProject(trx, account.id, row.id, { ...changes, updated_at: at })
    requireWritten(await writeAt(application, place, update))
    return undefined
  }
  if (rows.length >= ENTERPRISE_PROJECT_QUOTA) {
    refuse(application, place, `${account.name} has ${rows.length} enterprise projects, the most there can be`)
  }
  noteCreated(application, 'enterprise project', name)
  const made = { id, domain_id: account.id, name, description: description ?? '', status: status ?? ENABLED }
  return writeAt(application, place, () => insertEnterpriseProject(trx, { ...made, created_at: at, updated_at: at }))
}
