import { type ErrorEntry, service } from './entry.ts'

/** Failures of the module `agents`. */
export const AGENTS_ERRORS = {
  'agents.metrics_refused': service(
    400,
    'WKS.00129901',
    'The request message is invalid: {detail}.',
    'The sentence names the field and the rule; correct it and send again.',
  ),
} as const satisfies Record<string, ErrorEntry>
