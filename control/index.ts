/** The control plane as a part, for whoever starts it. */
export { type Administration, administer } from './administer.ts'
export { type Environment, installationOf } from './config.ts'
export { readBootstrap, type Simulation, simulate } from './iam/index.ts'
export { createLog } from './log.ts'
export { type ServeWorld, serve } from './serve.ts'
export type { World } from './world.ts'
