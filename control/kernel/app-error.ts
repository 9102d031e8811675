import { ERRORS, type ErrorWord, renderMessage } from '../../contract/errors.ts'

export type Facts = Readonly<Record<string, unknown>>

/** A failure the caller can act on. Everything else that is thrown is a defect and answered as 500. */
export class AppError extends Error {
  readonly word: ErrorWord
  readonly facts: Facts

  constructor(word: ErrorWord, facts: Facts = {}, options?: ErrorOptions) {
    super(renderMessage(ERRORS[word].message, facts), options)
    this.name = 'AppError'
    this.word = word
    this.facts = facts
  }
}
