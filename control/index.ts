/** The control plane as a part, for whoever starts it. */
export { type Simulation, simulate } from './iam/index.ts'
export { type ServeWorld, serve } from './serve.ts'
export type { World } from './world.ts'
