import type { AppError } from '#kernel'
import { ERRORS, type ErrorEntry, renderMessage } from '../../contract/errors.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
}

/** The service's own error model declares 1..255 characters. */
const SERVICE_MESSAGE_LIMIT = 255

export interface Problem {
  readonly status: number
  readonly body: object
}

/** The one place where a failure becomes a body. */
export function renderProblem(error: AppError, requestId: string): Problem {
  const entry: ErrorEntry = ERRORS[error.word]
  const message = renderMessage(entry.message, { requestId, ...error.facts })
  const detail = entry.detail === undefined ? {} : { error_detail: renderMessage(entry.detail, error.facts) }
  return { status: entry.status, body: { ...bodyOf(entry, message, requestId), ...detail } }
}

function bodyOf(entry: ErrorEntry, message: string, requestId: string): object {
  switch (entry.shape) {
    case 'service':
      return { error_code: entry.code, error_msg: shorten(message, SERVICE_MESSAGE_LIMIT) }
    case 'gateway':
      return { error_msg: message, error_code: entry.code, request_id: requestId }
    case 'keystone':
      return { error: { code: entry.status, message, title: TITLES[entry.status] ?? 'Error' } }
  }
}

function shorten(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
