export { whyNoNamespaces } from './capability.ts'
export { type Compute, type ComputeConfig, startCompute } from './compute.ts'
export { askFarEnd } from './far-end.ts'
export type { Provider } from './provider.ts'
