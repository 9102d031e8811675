/** Told to the control plane with every hello. */
export const AGENT_VERSION = '0.1.0'
