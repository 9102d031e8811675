import { AppError } from '#kernel'
import type { Document } from '../policy/index.ts'
import { PolicyError, parseDocument, parseDocumentText } from '../policy/index.ts'

/** The text of an identity policy, checked. Throws iam.policy_invalid with the code, the place and what to do. */
export function checkIdentityDocument(text: string): void {
  refusing(() => parseDocumentText('identity', text))
}

/** A document of the role and policy model, checked, as the text that is kept. */
export function checkClassicDocument(type: 'AX' | 'XA', value: unknown): string {
  const document = refusing(() => parseDocument('policy', value))
  refuseMixedServices(type, document)
  return JSON.stringify(value)
}

/** The type that a document of the role and policy model has by the services it names first. */
export function findClassicType(value: unknown): 'AX' | 'XA' {
  const { statements } = refusing(() => parseDocument('policy', value))
  const patterns = statements.flatMap(({ action }) => (action.inverted ? [] : action.patterns))
  return patterns.map(homeOf).find((lives) => lives !== undefined) ?? 'XA'
}

function homeOf(pattern: string): 'AX' | 'XA' | undefined {
  const [service = ''] = pattern.split(':', 1)
  return Object.hasOwn(LIVES, service) ? LIVES[service] : undefined
}

/** A document that narrows one credential, of either grammar. */
export function checkSessionDocument(value: unknown): Document {
  return refusing(() => parseDocument('session', value))
}

export function checkSessionText(text: string): Document {
  return refusing(() => parseDocumentText('session', text))
}

function refusing<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    const { code, where, message } = error
    const detail = message.startsWith(`${where}: `) ? message.slice(where.length + 2) : message
    throw new AppError('iam.policy_invalid', { code, where, detail: detail.slice(0, 500) }, { cause: error })
  }
}

/** Services of which we know where they live; others may be either, so nothing is said of them. */
const LIVES: Readonly<Record<string, 'AX' | 'XA'>> = {
  iam: 'AX',
  sts: 'AX',
  eps: 'AX',
  workspace: 'XA',
  vpc: 'XA',
}

const MEANING = { AX: 'global services', XA: 'services of projects' } as const

/** A document speaks of global services or of those of projects, never of both: IAM reference, section 3.2. */
function refuseMixedServices(type: 'AX' | 'XA', { statements }: Document): void {
  for (const [at, { action }] of statements.entries()) {
    // everything but these: it says nothing about where the others live
    if (action.inverted) continue
    for (const pattern of action.patterns) {
      const lives = homeOf(pattern)
      if (lives === undefined || lives === type) continue
      const detail = `has ${pattern}, but a policy of type ${type} is for ${MEANING[type]}. Make a second one of type ${lives}.`
      throw new AppError('iam.policy_invalid', { code: 'IAM.0011', where: `Statement[${at}].Action`, detail })
    }
  }
}
