export { jobRoutes } from './job.routes.ts'
export { finishSubJob, newJobCtes, updateProgress } from './job.store.ts'
export type { JobPlan, JobType, Outcome, Progress, SubJobFailure, SubJobStatus } from './job.ts'
export { openQueue, type Payload, type Queue, type Work } from './queue.ts'
