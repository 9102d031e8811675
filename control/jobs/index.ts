export { jobRoutes } from './job.routes.ts'
export { finishSubJob, newJobsCtes, nextJobIds, progressCte } from './job.store.ts'
export type { JobKind, JobPlan, JobType, Outcome, Progress, SubJobFailure, SubJobStatus } from './job.ts'
export { openQueue, type Payload, type Queue, type Work } from './queue.ts'
