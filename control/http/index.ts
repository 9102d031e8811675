export { type AppConfig, createApp } from './app.ts'
export type { Check, Door, Principal, RawRequest, Resource, ResourceTag } from './principal.ts'
export { type Problem, renderProblem } from './problem.ts'
export { type Api, type Call, type Handler, serve, statusesOf } from './serve.ts'
