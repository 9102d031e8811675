import { sql } from 'kysely'
import type { Db } from '#db'
import { newJobsCtes, nextJobIds } from './job.store.ts'
import type { JobType } from './job.ts'

export interface NewJob {
  readonly projectId: string
  readonly jobType?: JobType
  /** Names of the resources; a sub-job for each. */
  readonly resources?: readonly string[]
  readonly notice?: string
  readonly at?: Date
}

export interface NewJobIds {
  readonly jobId: string
  /** In the order of the resources. */
  readonly subJobIds: readonly string[]
}

export const BEGUN = new Date('2026-03-02T08:15:30.120Z')

/** A job of its own, as a module that starts jobs would make it. */
export async function insertJob(db: Db, job: NewJob): Promise<NewJobIds> {
  const { projectId, jobType = 'UPDATE_SERVER_TSVI', resources = ['APS-1'], notice = '', at = BEGUN } = job
  const [id = ''] = await nextJobIds(db, 1)
  const plan = { id, projectId, resources: resources.map((name) => ({ id: `id-of-${name}`, name, notice })) }
  const { rows } = await sql<{ id: string; resource_id: string }>`
    WITH ${newJobsCtes({ jobType, step: 'planned', at }, [plan])} SELECT id, resource_id FROM sub_job`.execute(db)
  const ids = new Map(rows.map((row) => [row.resource_id, row.id]))
  return { jobId: id, subJobIds: resources.map((name) => ids.get(`id-of-${name}`) ?? '') }
}
