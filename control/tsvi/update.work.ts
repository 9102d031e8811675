import type { Work } from '#jobs'

/** Starts every update of a job; the payload is the job's id. */
export const startJob: Work = { name: 'tsvi.start_job', retryLimit: 20, expireInSeconds: 120 }

/** Drives one update from where it stands; the payload is the update's id. */
export const driveUpdate: Work = { name: 'tsvi.drive_update', retryLimit: 20, expireInSeconds: 120 }
