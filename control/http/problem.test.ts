import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AppError } from '#kernel'
import { ERRORS, type ErrorEntry, type ErrorShape, type ErrorWord } from '../../contract/errors.ts'
import type { Family } from '../../contract/operation.ts'
import { assertErrorShape, type ErrorSchema } from '../testing/api.ts'
import { renderProblem } from './problem.ts'

const REQUEST_ID = '0123456789abcdef0123456789abcdef'

const SCHEMAS: Readonly<Record<ErrorShape, ErrorSchema>> = {
  service: 'ServiceError',
  gateway: 'GatewayError',
  iam: 'IamServiceError',
  vpc: 'VpcError',
}

describe('every failure of the table', () => {
  for (const [word, entry] of Object.entries(ERRORS) as [ErrorWord, ErrorEntry][]) {
    it(`${word} is answered ${entry.status} in the ${entry.shape} shape`, () => {
      const { status, body } = renderProblem(new AppError(word), REQUEST_ID)
      assert.equal(status, entry.status)
      assertErrorShape(SCHEMAS[entry.shape], body)
    })
  }
})

describe('a body of', () => {
  it('the service holds code and sentence, and no request id', () => {
    const error = new AppError('http.invalid', { where: 'body', detail: 'lacks items' })
    assert.deepEqual(renderProblem(error, REQUEST_ID).body, {
      error_code: 'WKS.00211102',
      error_msg: 'The parameter is invalid: body lacks items.',
    })
  })

  it('the gateway holds the request id too', () => {
    const error = new AppError('http.not_found', { method: 'GET', path: '/nowhere' })
    assert.deepEqual(renderProblem(error, REQUEST_ID).body, {
      error_code: 'APIGW.0101',
      error_msg: 'The API does not exist or has not been published in the environment: GET /nowhere',
      request_id: REQUEST_ID,
    })
  })

  const message = 'The username or password is wrong.'
  const GENERATIONS: readonly (readonly [Family, ErrorSchema, object])[] = [
    ['iam.v3', 'IamError', { error: { code: 401, message, title: 'Unauthorized' } }],
    ['iam.v3.0', 'IamServiceError', { error_msg: message, error_code: 'IAM.0062' }],
    ['iam.v5', 'GatewayError', { error_msg: message, error_code: 'IAM.0062', request_id: REQUEST_ID }],
    ['eps', 'EpsError', { error: { error_msg: message, error_code: 'IAM.0062' } }],
  ]
  for (const [family, schema, expected] of GENERATIONS) {
    it(`IAM, ${family}, has the shape of that generation`, () => {
      const { body } = renderProblem(new AppError('iam.password_wrong'), REQUEST_ID, family)
      assert.deepEqual(body, expected)
      assertErrorShape(schema, body)
    })
  }

  it('a refused permission gives its reason beside the sentence', () => {
    const { body } = renderProblem(new AppError('iam.forbidden', { reason: 'no policy allows it' }), REQUEST_ID)
    assert.deepEqual(body, {
      error_code: 'WKS.00081102',
      error_msg: 'User does not have permission to access this resource.',
      error_detail: 'no policy allows it',
    })
  })

  it('a failure nobody foresaw names the request to ask the operator about', () => {
    const { body } = renderProblem(new AppError('http.failed'), REQUEST_ID)
    assert.match(JSON.stringify(body), new RegExp(`Quote request ${REQUEST_ID} `))
  })
})

describe('a long sentence', () => {
  const messageOf = (where: string) => {
    const { body } = renderProblem(new AppError('http.invalid', { where, detail: 'is wrong' }), REQUEST_ID)
    return (body as { error_msg: string }).error_msg
  }
  const room = 255 - messageOf('').length

  it('of 255 characters is sent whole', () => assert.ok(messageOf('a'.repeat(room)).endsWith(' is wrong.')))

  it('is cut to 255 characters, never through the middle of one', () => {
    const message = messageOf('😀'.repeat(room + 1))
    assert.equal([...message].length, 255)
    assert.ok(message.endsWith('…') && message.isWellFormed(), message)
  })
})
