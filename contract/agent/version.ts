/**
 * The version of the agent that belongs to this control plane: both are one release, so it is also the package's. An
 * agent tells its own with every hello.
 */
export const AGENT_VERSION = '0.1.0'
