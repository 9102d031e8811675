import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { DateTime, Limit, NoQuery, Offset, ProjectParams } from '../field.ts'

export const JOB_TYPES = [
  'CREATE_SERVER',
  'DELETE_SERVER',
  'UPDATE_FREEZE_STATUS',
  'CREATE_SERVER_IMAGE',
  'REINSTALL_OS',
  'CHANGE_SERVER_IMAGE',
  'REJOIN_DOMAIN',
  'MIGRATE_SERVER',
  'UPGRADE_ACCESS_AGENT',
  'UPDATE_SERVER_TSVI',
  'SCHEDULED_TASK',
  'COLLECT_HDA_LOG',
  'COLLECT_APS_LOG',
  'CREATE_SERVER_SNAPSHOT',
  'DELETE_SERVER_SNAPSHOT',
  'RESTORE_SERVER_SNAPSHOT',
  'BATCH_INSTALL_APP',
  'INSTALL_CES_AGENT',
  'UNINSTALL_CES_AGENT',
] as const
export type JobType = (typeof JOB_TYPES)[number]

export const JOB_STATUSES = ['WAITING', 'RUNNING', 'SUCCESS', 'FAILED'] as const
export const SUB_JOB_STATUSES = [...JOB_STATUSES, 'ABNORMAL', 'ROLLBACK', 'ABORTING'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]
export type SubJobStatus = (typeof SUB_JOB_STATUSES)[number]

/** The ten types ListSubJobs can be asked for. */
const LISTED_JOB_TYPES = [
  'CREATE_SERVER',
  'DELETE_SERVER',
  'REJOIN_DOMAIN',
  'CHANGE_SERVER_IMAGE',
  'REINSTALL_OS',
  'MIGRATE_SERVER',
  'UPDATE_SERVER_TSVI',
  'UPGRADE_ACCESS_AGENT',
  'SCHEDULED_TASK',
  'UPDATE_FREEZE_STATUS',
] as const

/** Every step of an update, which are the states of its life cycle; the last two are its ends. */
export const UPDATE_STEPS = [
  'planned',
  'reserving',
  'opening_port',
  'configuring',
  'rebooting',
  'verifying',
  'undoing',
  'releasing',
  'done',
  'failed',
] as const

/** The states of tasks on servers that have a job; `done` and `failed` end them too. */
export const LIFECYCLE_STEPS = [
  'scheduling',
  'networking',
  'spawning',
  'updating_sid',
  'cleaning',
  'clearing_host',
  'ending_host',
  'freeing_addresses',
  'rebuilding',
  'rebuild_spawning',
  'rebuild_block_device_mapping',
  'upgrading_access_agent',
  'restarting_agent',
  'checking_agent',
] as const

/** Where a sub-job stands: an extension that official clients do not read. */
const Progress = Type.Object(
  {
    step: Type.Enum([...UPDATE_STEPS, ...LIFECYCLE_STEPS]),
    attempt: Type.Integer({ minimum: 1 }),
    step_at: DateTime,
    notice: Type.String({ description: 'What the caller should know although nothing failed; empty when nothing.' }),
  },
  { 'x-berth': true },
)

const SubJob = Type.Object({
  id: Type.String(),
  job_id: Type.String(),
  job_type: Type.Enum([...JOB_TYPES]),
  project_id: Type.String(),
  begin_time: DateTime,
  end_time: Type.Optional(DateTime),
  status: Type.Enum([...SUB_JOB_STATUSES]),
  error_code: Type.String({ description: 'Empty unless the sub-job failed.' }),
  error_message: Type.String(),
  job_resource_info: Type.Object({ resource_id: Type.String(), resource_name: Type.String() }),
  progress: Progress,
})

/** The list gives the failure twice, nested and flat: the published schema and example disagree. */
const ListedSubJob = Type.Object({
  ...SubJob.properties,
  job_execute_info: Type.Object({ error_code: Type.String(), error_message: Type.String() }),
})

const READ_ERRORS = ['http.invalid', ...CALLER_ERRORS] as const

/** Contract section 5.1. */
export const showJobDetail = defineOperation({
  id: 'ShowJobDetail',
  module: 'jobs',
  family: 'workspace',
  method: 'GET',
  path: '/v2/{project_id}/job/{job_id}',
  summary: 'Show a job and its sub-jobs.',
  authentication: 'caller',
  permission: { action: 'workspace:jobs:get', level: 'Read', resource: null, conditionKeys: [], dependencies: [] },
  params: Type.Object({ ...ProjectParams.properties, job_id: Type.String({ minLength: 1, maxLength: 255 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    id: Type.String(),
    job_type: Type.Enum([...JOB_TYPES]),
    begin_time: DateTime,
    end_time: Type.Optional(DateTime),
    status: Type.Enum([...JOB_STATUSES]),
    sub_jobs_total: Type.Integer(),
    sub_jobs: Type.Array(SubJob),
  }),
  errors: [...READ_ERRORS, 'jobs.not_found', 'http.method_not_allowed'],
})

/** Contract section 5.6. */
export const listSubJobs = defineOperation({
  id: 'ListSubJobs',
  module: 'jobs',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-sub-jobs',
  summary: 'List sub-jobs, newest first.',
  authentication: 'caller',
  permission: {
    action: 'workspace:jobs:listSubJobs',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    job_type: Type.Enum([...LISTED_JOB_TYPES, ''], { description: 'One type, or empty for all.' }),
    status: Type.Optional(Type.Enum([...SUB_JOB_STATUSES, ''])),
    job_id: Type.Optional(Type.String({ maxLength: 128 })),
    offset: Offset,
    limit: Limit,
  }),
  body: null,
  status: 200,
  response: Type.Object({ count: Type.Integer(), items: Type.Array(ListedSubJob) }),
  errors: [...READ_ERRORS, 'http.method_not_allowed'],
})

/** Deprecated; its times have no fraction of a second and its statuses are numbers. */
const JobV1 = {
  begin_time: DateTime,
  end_time: Type.Optional(DateTime),
  job_status: Type.Integer({ minimum: 0, maximum: 3, description: '0 failed, 1 success, 2 under way, 3 not begun.' }),
  execute_code: Type.String({ description: 'Empty unless it failed.' }),
  execute_message: Type.String(),
}

/** Contract section 5.6. */
export const showJob = defineOperation({
  id: 'ShowJob',
  module: 'jobs',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/job/{job_id}',
  summary: 'Show a job in its former shape; ShowJobDetail says more.',
  authentication: 'caller',
  permission: { action: 'workspace:jobs:get', level: 'Read', resource: null, conditionKeys: [], dependencies: [] },
  params: Type.Object({ ...ProjectParams.properties, job_id: Type.String({ minLength: 1, maxLength: 255 }) }),
  query: NoQuery,
  body: null,
  status: 200,
  response: Type.Object({
    job: Type.Object({
      job_id: Type.String(),
      job_type: Type.Integer({ enum: [1] }),
      ...JobV1,
      sub_jobs: Type.Array(
        Type.Object({
          job_id: Type.String({ description: 'Id of the sub-job.' }),
          job_type: Type.Integer({ enum: [2] }),
          ...JobV1,
          entities: Type.Array(Type.Object({ resource_id: Type.String(), resource_name: Type.String() })),
        }),
      ),
    }),
  }),
  errors: [...READ_ERRORS, 'jobs.not_found', 'http.method_not_allowed'],
})

const anyOfJobTypes = `(${JOB_TYPES.join('|')})`

/** Contract section 5.6. */
export const countSubJobs = defineOperation({
  id: 'CountSubJobs',
  module: 'jobs',
  family: 'workspace',
  method: 'GET',
  path: '/v1/{project_id}/app-server-sub-jobs/actions/count',
  summary: 'Count sub-jobs.',
  authentication: 'caller',
  permission: {
    action: 'workspace:jobs:countSubJobs',
    level: 'List',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: Type.Object({
    status: Type.Optional(Type.Enum([...SUB_JOB_STATUSES, ''])),
    job_type: Type.Optional(
      Type.String({
        maxLength: 256,
        pattern: `^(${anyOfJobTypes}(,${anyOfJobTypes})*)?$`,
        description: 'Job types separated by commas; empty for all.',
      }),
    ),
    job_id: Type.Optional(Type.String({ maxLength: 128 })),
  }),
  body: null,
  status: 200,
  response: Type.Object({ count: Type.Integer() }),
  errors: [...READ_ERRORS, 'http.method_not_allowed'],
})

/** Contract section 5.6. */
export const batchDeleteAppSubJobs = defineOperation({
  id: 'BatchDeleteAppSubJobs',
  module: 'jobs',
  family: 'workspace',
  method: 'POST',
  path: '/v1/{project_id}/app-server-sub-jobs/actions/batch-delete',
  summary: 'Delete the records of sub-jobs that ended. Ids that are not there are passed over.',
  authentication: 'caller',
  permission: {
    action: 'workspace:jobs:batchDeleteSubJobs',
    level: 'Write',
    resource: null,
    conditionKeys: [],
    dependencies: [],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        minItems: 1,
        maxItems: 20,
        uniqueItems: true,
        description: 'Ids of sub-jobs; all of them must have ended as SUCCESS or FAILED.',
      }),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: null,
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'jobs.sub_job_unfinished', 'http.method_not_allowed'],
})
