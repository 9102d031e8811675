export { AGENT_VERSION } from '../contract/agent/version.ts'
