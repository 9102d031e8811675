import { listProjects, type Project } from '../identity/identity.store.ts'
import { insertProject, updateProject } from '../identity/project.store.ts'
import { isProjectName, isRegionProject } from '../identity/project.ts'
import {
  type AccountApplication,
  matchRow,
  noteChange,
  noteCreated,
  refuse,
  requireWritten,
  writeAt,
} from './application.ts'
import type { ProjectEntry } from './document.ts'
import { findDifferences } from './named.ts'
import type { Place } from './parse.ts'

/** The project of the region first: the others are made inside it, wherever it stands in the file. */
export async function applyProjects(application: AccountApplication): Promise<void> {
  const { trx, account, entry, place, region } = application
  const entries = (entry.projects ?? []).map((project, index) => ({ project, at: [...place, 'projects', index] }))
  if (entries.length === 0) return
  const isFirst = (project: ProjectEntry) => isRegionProject(region, project.name)
  const sorted = [
    ...entries.filter(({ project }) => isFirst(project)),
    ...entries.filter((one) => !isFirst(one.project)),
  ]
  const rows = await listProjects(trx, account.id)
  for (const { project, at } of sorted) {
    const made = await applyProject(application, project, at, rows)
    if (made) rows.push(made)
  }
}

/** Returns the project when it was made. */
async function applyProject(
  application: AccountApplication,
  entry: ProjectEntry,
  place: Place,
  rows: readonly Project[],
): Promise<Project | undefined> {
  const { trx, at, account, region } = application
  const { id, row } = matchRow(application, 'project', entry, place, rows)
  const { name, description } = entry
  if (row?.name !== name && !isProjectName(region, name)) {
    const why = `projects are called ${region} or ${region}_… after the region, which --region says`
    refuse(application, [...place, 'name'], why)
  }
  if (row) {
    const changes = findDifferences(row, { name, description })
    if (!noteChange(application, 'project', name, changes)) return undefined
    requireWritten(await writeAt(application, place, () => updateProject(trx, account.id, row.id, changes)))
    return undefined
  }
  const parent_id = isRegionProject(region, name) ? null : requireRegionProject(application, place, rows)
  const made = { id, domain_id: account.id, parent_id, name, description: description ?? '', created_at: at }
  noteCreated(application, 'project', name)
  return writeAt(application, place, () => insertProject(trx, made))
}

function requireRegionProject(application: AccountApplication, place: Place, rows: readonly Project[]): string {
  const { account, region } = application
  const parent = rows.find(({ name }) => isRegionProject(region, name))
  if (!parent) refuse(application, place, `${account.name} has no project ${region} to make this one in; list it too`)
  return parent.id
}
