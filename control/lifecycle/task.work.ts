import type { Work } from '#jobs'

/** Drives one task from where it stands; the payload is the task's id. */
export const driveTask: Work = { name: 'lifecycle.drive_task', retryLimit: 20, expireInSeconds: 120 }
