import type { AppError } from '#kernel'
import { ERRORS, type ErrorEntry, renderMessage } from '../../contract/errors.ts'
import type { Family } from '../../contract/operation.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
}

interface Sentence {
  readonly code: string
  readonly message: string
  readonly requestId: string
}

/** The service's own error model declares 1..255 characters. */
const SERVICE_MESSAGE_LIMIT = 255

/** That of the network declares 1..999. */
const VPC_MESSAGE_LIMIT = 999

export interface Problem {
  readonly status: number
  readonly body: object
}

/** The one place where a failure becomes a body. The family is that of the operation, where there is one. */
export function renderProblem(error: AppError, requestId: string, family: Family = 'workspace'): Problem {
  const entry: ErrorEntry = ERRORS[error.word]
  const sentence = {
    code: renderMessage(entry.code, error.facts),
    message: renderMessage(entry.message, { requestId, ...error.facts }),
    requestId,
  }
  const detail = entry.detail === undefined ? {} : { error_detail: renderMessage(entry.detail, error.facts) }
  const body = { ...bodyOf(entry, sentence, family), ...detail, ...encodedMessageOf(error, family) }
  return { status: entry.status, body }
}

/** Families whose refusals carry what `POST /v5/decode-authorization-message` reads (IAM reference, section 4.2). */
const ENCODING: ReadonlySet<Family> = new Set(['workspace', 'vpc', 'iam.v5'])

function encodedMessageOf({ facts }: AppError, family: Family): object {
  const { encodedAuthorizationMessage: encoded } = facts
  return typeof encoded === 'string' && ENCODING.has(family) ? { encoded_authorization_message: encoded } : {}
}

function bodyOf({ status, shape }: ErrorEntry, sentence: Sentence, family: Family): object {
  const { code, message, requestId } = sentence
  if (shape === 'vpc' || (shape === 'service' && family === 'vpc')) {
    return { code, message: shorten(message, VPC_MESSAGE_LIMIT) }
  }
  if (shape === 'service') return { error_code: code, error_msg: shorten(message, SERVICE_MESSAGE_LIMIT) }
  if (shape === 'gateway') return { error_msg: message, error_code: code, request_id: requestId }
  return iamBodyOf(status, sentence, family)
}

/** Each generation of IAM has its own shape (IAM reference, section 4.3). */
function iamBodyOf(status: number, { code, message, requestId }: Sentence, family: Family): object {
  switch (family) {
    case 'iam.v3':
      return { error: { code: status, message, title: TITLES[status] ?? 'Error' } }
    case 'iam.v5':
      return { error_msg: message, error_code: code, request_id: requestId }
    case 'eps':
      return { error: { error_msg: message, error_code: code } }
    default:
      return { error_msg: message, error_code: code }
  }
}

function shorten(text: string, limit: number): string {
  const characters = [...text]
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`
}
