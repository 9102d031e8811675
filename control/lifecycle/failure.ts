import type { SubJobFailure } from '#jobs'
import { renderMessage, SUB_JOB_ERRORS } from '../../contract/errors.ts'
import type { Failure } from './task.ts'

const SUB_JOB_MESSAGE_LIMIT = 255

export function renderFailure(failure: Failure | null): SubJobFailure {
  const { word, facts } = failure ?? { word: 'lifecycle.failed', facts: { detail: 'no reason was recorded' } }
  const { code, message } = SUB_JOB_ERRORS[word]
  return { code, message: renderMessage(message, facts).slice(0, SUB_JOB_MESSAGE_LIMIT) }
}
