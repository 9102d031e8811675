import type { Names } from './document.ts'
import { hasWildcard, textTest } from './glob.ts'
import { isClassic, type Version } from './version.ts'

const SEGMENTS = 3

export type ActionTest = (action: string) => boolean

/** `workspace` of `workspace:server:list`. */
export function serviceOf(action: string): string {
  const colon = action.indexOf(':')
  return colon === -1 ? action : action.slice(0, colon)
}

/**
 * Each part by itself: `*` does not reach over a colon. Type and operation compare without case, in 5.0 the service
 * too. Text without three parts, except `*` alone, matches nothing.
 */
function compilePattern(pattern: string, version: Version): ActionTest {
  if (pattern === '*') return () => true
  const tests = fold(pattern, version).split(':').map(textTest)
  const [service, type, operation] = tests
  if (!service || !type || !operation || tests.length !== SEGMENTS) return () => false
  return (action) => {
    const parts = fold(action, version).split(':')
    const [ofService, ofType, ofOperation] = parts
    if (ofService === undefined || ofType === undefined || ofOperation === undefined) return false
    return parts.length === SEGMENTS && service(ofService) && type(ofType) && operation(ofOperation)
  }
}

function fold(action: string, version: Version): string {
  if (!isClassic(version)) return action.toLowerCase()
  const service = serviceOf(action)
  return service + action.slice(service.length).toLowerCase()
}

/**
 * Whether a statement speaks of an action that goes by these names: its own, and its aliases where the document is of
 * the role and policy model. Who spares one of the names with NotAction has spared the action.
 */
export function compileAction(names: Names, version: Version): (actions: readonly string[]) => boolean {
  const tests = names.patterns.map((pattern) => compilePattern(pattern, version))
  const isListed = (action: string) => tests.some((test) => test(action))
  return (actions) => actions.some(isListed) !== names.inverted
}

/** The services a statement can speak of; null when it may be any. */
export function servicesOf({ patterns, inverted }: Names): readonly string[] | null {
  if (inverted) return null
  const services = patterns.map((pattern) => serviceOf(pattern).toLowerCase())
  return services.some(hasWildcard) ? null : [...new Set(services)]
}
