import { signRequest } from '../contract/signing/sign.ts'

export interface Credentials {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
}

/** An answer that was not a success, with what the API said about it. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure'
  readonly status: number

  constructor(status: number, text: string) {
    super(`the API answered ${status}: ${text}`)
    this.status = status
  }
}

const TIMEOUT_MS = 30_000

/** Calls the public API with a signed request, like any other client. */
export async function callApi(
  { endpoint, accessKey, secretKey }: Credentials,
  method: string,
  path: string,
  value?: unknown,
): Promise<unknown> {
  const url = `${endpoint}${path}`
  const body = value === undefined ? '' : JSON.stringify(value)
  const headers = { 'content-type': 'application/json' }
  const signed = signRequest({ method, url, headers, body, accessKey, secretKey, now: new Date() })
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...signed },
    ...(value === undefined ? {} : { body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await response.text()
  if (!response.ok) throw new ApiFailure(response.status, text)
  return text === '' ? undefined : JSON.parse(text)
}
