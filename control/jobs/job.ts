import type { JobType, SubJobStatus } from '../../contract/operations/jobs/job.ts'

export type { JobType, SubJobStatus }

/** What jobs that start together have in common. */
export interface JobKind {
  readonly jobType: JobType
  readonly step: string
  readonly at: Date
}

/** What a new job is about: one sub-job per resource. */
export interface JobPlan {
  readonly id: string
  readonly projectId: string
  readonly resources: readonly { readonly id: string; readonly name: string; readonly notice: string }[]
}

/** Where a running sub-job stands. */
export interface Progress {
  readonly step: string
  readonly attempt: number
  readonly at: Date
  /** `RUNNING`, or `ROLLBACK` while former conditions are being restored. */
  readonly status: 'RUNNING' | 'ROLLBACK'
}

export interface SubJobFailure {
  readonly code: string
  readonly message: string
}

/** How a sub-job ended; `failure` is null on success. */
export interface Outcome {
  readonly step: string
  readonly at: Date
  readonly failure: SubJobFailure | null
}
