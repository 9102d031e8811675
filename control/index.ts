/** The control plane as a part, for whoever starts it. */
export { type ServeWorld, serve } from './serve.ts'
export type { World } from './world.ts'
