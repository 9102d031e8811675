export { AppError, type Facts } from './app-error.ts'
export { type Clock, secondsAfter, systemClock } from './clock.ts'
export type { Log } from './log.ts'
