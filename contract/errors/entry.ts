/**
 * Shapes: `service` is `{error_code, error_msg}` of the WorkspaceApp service, `gateway` adds `request_id`, `iam` is
 * what the generation of IAM answers that the operation belongs to (IAM reference, section 4.3), `vpc` is
 * `{code, message}` of the network. Clients decode them all.
 */
export type ErrorShape = 'service' | 'gateway' | 'iam' | 'vpc'

export interface ErrorEntry {
  readonly status: number
  /** May have a `{name}` place too, where one failure has many published numbers. */
  readonly code: string
  readonly shape: ErrorShape
  /** The sentence; `{name}` is filled from the facts of the failure. */
  readonly message: string
  /** For the reference page: what the caller does about it. */
  readonly remedy: string
  /** A further sentence, sent as `error_detail`: an addition to the service's shape that clients may ignore. */
  readonly detail?: string
}

export function service(status: number, code: string, message: string, remedy: string, detail?: string): ErrorEntry {
  return { status, code, shape: 'service', message, remedy, ...(detail === undefined ? {} : { detail }) }
}

export function gateway(status: number, code: string, message: string, remedy: string): ErrorEntry {
  return { status, code, shape: 'gateway', message, remedy }
}

export function iam(status: number, code: string, message: string, remedy: string, detail?: string): ErrorEntry {
  return { status, code, shape: 'iam', message, remedy, ...(detail === undefined ? {} : { detail }) }
}

export function vpc(status: number, code: string, message: string, remedy: string): ErrorEntry {
  return { status, code, shape: 'vpc', message, remedy }
}
