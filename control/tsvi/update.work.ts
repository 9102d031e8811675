import type { Work } from '#jobs'

/** Starts every update of a job; the payload is the job's id. */
export const startJob: Work = { name: 'tsvi.start_job', retryLimit: 20, expireInSeconds: 120 }

/** Drives one update from where it stands; the payload is the update's id. */
export const driveUpdate: Work = { name: 'tsvi.drive_update', retryLimit: 20, expireInSeconds: 120 }

/** Looks whether an update has passed its deadline; queued with the deadline as its delay. */
export const checkDeadline: Work = { name: 'tsvi.check_deadline', retryLimit: 20, expireInSeconds: 120 }
