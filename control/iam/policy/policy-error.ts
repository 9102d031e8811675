/** A policy document that is refused: the IAM code of the failure, the place in the document, and what to do. */
export class PolicyError extends Error {
  /** As in the IAM reference, section 4.3: `IAM.1029`. */
  readonly code: string
  /** `Statement[1].Condition`, or `document` for the whole. */
  readonly where: string

  constructor(code: string, where: string, detail: string, options?: ErrorOptions) {
    super(`${where}: ${detail}`, options)
    this.name = 'PolicyError'
    this.code = code
    this.where = where
  }
}
