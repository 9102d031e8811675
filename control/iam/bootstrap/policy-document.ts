import { isDeepStrictEqual } from 'node:util'
import { AppError } from '#kernel'
import { checkClassicDocument, checkIdentityDocument, findClassicType } from '../grants/policy-document.ts'
import { type Application, refuse } from './application.ts'
import type { Place } from './parse.ts'

/** A document of the file that may be stored. */
export interface CheckedDocument {
  readonly isIdentity: boolean
  /** Where it is shown: of the older model, what its actions are about. */
  readonly type: 'AX' | 'XA' | 'AA'
  readonly text: string
}

/** Refuses what the parser of policies refuses, at the line of the part that is wrong. */
export function checkPolicyDocument(application: Application, document: object, place: Place): CheckedDocument {
  const version = 'Version' in document ? document.Version : undefined
  if (typeof version === 'number') {
    refuse(application, [...place, 'Version'], `must be in quotes: "${version.toFixed(1)}"`)
  }
  if (version !== '5.0' && version !== '1.1') {
    refuse(application, [...place, 'Version'], 'must be "5.0", or "1.1" of the older model')
  }
  const text = JSON.stringify(document)
  try {
    if (version === '5.0') {
      checkIdentityDocument(text)
      return { isIdentity: true, type: 'AA', text }
    }
    // what YAML knows and JSON does not is gone in the text, and only that counts
    const written: unknown = JSON.parse(text)
    const type = findClassicType(written)
    return { isIdentity: false, type, text: checkClassicDocument(type, written) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, where, detail } = error.facts
    const rest = String(where) === 'document' ? [] : partsOf(String(where))
    return refuse(application, [...place, ...rest], `${detail} (${code})`, error)
  }
}

/** `Statement[1].Action` as the way there. */
function partsOf(where: string): Place {
  return where.split(/[.[\]]+/).filter((part) => part !== '')
}

/** Whether two texts say the same; blanks and the order of members do not count. */
export function isSameDocument(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(JSON.parse(one), JSON.parse(other))
}
