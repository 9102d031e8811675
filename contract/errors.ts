import { AGENTS_ERRORS } from './errors/agents.ts'
import type { ErrorEntry } from './errors/entry.ts'
import { FLEET_ERRORS } from './errors/fleet.ts'
import { HTTP_ERRORS } from './errors/http.ts'
import { IAM_ERRORS } from './errors/iam.ts'
import { JOBS_ERRORS } from './errors/jobs.ts'
import { LIFECYCLE_ERRORS } from './errors/lifecycle.ts'
import { SESSIONS_ERRORS } from './errors/sessions.ts'
import { SUB_JOB_ERRORS } from './errors/sub-job.ts'
import { TSVI_ERRORS } from './errors/tsvi.ts'
import { VPC_ERRORS } from './errors/vpc.ts'

export type { ErrorEntry, ErrorShape } from './errors/entry.ts'
export { SUB_JOB_ERRORS }

/**
 * Every failure a caller can see, once: our word, the HTTP status, the outside code, the body it travels in,
 * and the sentence. The reference page `docs/reference/errors.md` and `openapi.json` are made from this table.
 */
export const ERRORS = {
  ...HTTP_ERRORS,
  ...IAM_ERRORS,
  ...FLEET_ERRORS,
  ...VPC_ERRORS,
  ...SESSIONS_ERRORS,
  ...AGENTS_ERRORS,
  ...JOBS_ERRORS,
  ...TSVI_ERRORS,
  ...LIFECYCLE_ERRORS,
} as const satisfies Record<string, ErrorEntry>

export type ErrorWord = keyof typeof ERRORS

export type SubJobErrorWord = keyof typeof SUB_JOB_ERRORS

/** Fills `{name}` places; a missing fact prints as `?` so that a sentence is never lost to its own arguments. */
export function renderMessage(template: string, facts: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? '?'))
}
