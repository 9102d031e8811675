export { AppError, type Facts } from './app-error.ts'
export { type Clock, secondsAfter, systemClock } from './clock.ts'
export { inGroups } from './group.ts'
export type { Log } from './log.ts'
