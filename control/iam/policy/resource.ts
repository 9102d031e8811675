import type { Test } from './condition.ts'
import type { Question } from './context.ts'
import type { Effect, Names } from './document.ts'
import { hasWildcard, patternTest, textTest } from './glob.ts'
import { expandPattern, hasVariable, parseTemplate } from './template.ts'
import { SEGMENTS, splitPattern } from './urn.ts'
import { isClassic, type Version } from './version.ts'

/** Yes or no for a resource; `never` for a pattern that can match nothing, now or at all. */
type Match = 'yes' | 'no' | 'never'
type ResourceMatch = (question: Question) => Match

/** Null when every resource will do. */
export function compileResource(names: Names | null, version: Version, effect: Effect): Test | null {
  if (names === null) return null
  if (names.ofAgencyIds) return agencyTest(names.patterns)
  const matches = names.patterns.map((pattern) => compilePattern(pattern, version))
  if (names.inverted) return sparedTest(matches, effect)
  if (names.patterns.includes('*')) return null
  return (question) => {
    for (const match of matches) if (match(question) === 'yes') return true
    return false
  }
}

/** An agency may be renamed, and another account may have one of the same name: the id alone counts. */
function agencyTest(ids: readonly string[]): Test {
  const tests = ids.map(textTest)
  return ({ segments, resourceId }) => {
    if (segments === null || resourceId === null) return false
    const [service, , , type] = segments
    return service === 'iam' && type === 'agency' && tests.some((test) => test(resourceId))
  }
}

/**
 * NotResource: everything but these. A pattern that can match nothing spares nothing from a Deny and would open an
 * Allow to everything, so there it counts as matching.
 */
function sparedTest(matches: readonly ResourceMatch[], effect: Effect): Test {
  return (question) => {
    for (const match of matches) {
      const found = match(question)
      if (found === 'yes' || (found === 'never' && effect === 'Allow')) return false
    }
    return true
  }
}

function compilePattern(pattern: string, version: Version): ResourceMatch {
  if (pattern === '*') return () => 'yes'
  const segments = splitPattern(pattern)
  if (segments.length < SEGMENTS) return () => 'never'
  // most name one resource, or all that begin alike: then the parts need not be looked at one by one
  if (!pattern.includes('${') && !hasWildcard(pattern.slice(0, -1))) return wholeMatch(textTest(pattern))
  const tests = segments.map((segment, at) => compileSegment(segment, isClassic(version) && at < SEGMENTS - 1))
  return (question) => {
    // an action without a resource is reached by `*` alone
    if (question.segments === null) return 'never'
    let result: Match = 'yes'
    for (let at = 0; at < SEGMENTS; at += 1) {
      const found = tests[at]?.(question.segments[at] ?? '', question) ?? 'never'
      if (found === 'never') return 'never'
      if (found === 'no') result = 'no'
    }
    return result
  }
}

function wholeMatch(test: (text: string) => boolean): ResourceMatch {
  return ({ urn, segments }) => {
    if (urn === null || segments === null) return 'never'
    return test(urn) ? 'yes' : 'no'
  }
}

type SegmentMatch = (text: string, question: Question) => Match

/** In 1.x variables are variables in the fifth part only; elsewhere they are text. */
function compileSegment(segment: string, isPlain: boolean): SegmentMatch {
  const template = isPlain || !segment.includes('${') ? undefined : parseTemplate(segment)
  if (template === undefined) return matchOf(textTest(segment))
  if (template === null) return () => 'never'
  if (!hasVariable(template)) {
    return matchOf(patternTest(expandPattern(template, null) ?? []))
  }
  return (text, question) => {
    const pattern = expandPattern(template, question)
    if (pattern === null) return 'never'
    return patternTest(pattern)(text) ? 'yes' : 'no'
  }
}

function matchOf(test: (text: string) => boolean): SegmentMatch {
  return (text) => (test(text) ? 'yes' : 'no')
}
