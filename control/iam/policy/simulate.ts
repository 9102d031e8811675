import { parse } from 'secure-json-parse'
import { type PolicyCase, parseCase } from './case.ts'
import { compileGrants } from './compile.ts'
import { type Decision, decide } from './decide.ts'

export interface Simulation {
  /** One JSON text for each case, in the order of the cases. */
  readonly answers: readonly string[]
  /** What differs from what the cases expect, a sentence each. */
  readonly differences: readonly string[]
}

/**
 * Decides the cases of a text in JSON Lines, each by itself. Throws an Error that begins with `line N` for the first
 * line that is no case, and has decided nothing then.
 */
export function simulate(text: string): Simulation {
  const cases = parseLines(text)
  const decided = cases.map((each) => ({ ...each, decision: decide(compileGrants(each.grants), each.request) }))
  return {
    answers: decided.map(({ id, decision }) => renderAnswer(id, decision)),
    differences: decided.flatMap(differencesOf),
  }
}

function parseLines(text: string): readonly PolicyCase[] {
  const cases: PolicyCase[] = []
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    try {
      cases.push(parseCase(parse(line)))
    } catch (error) {
      throw new Error(`line ${at + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
  return cases
}

function renderAnswer(id: string, { decision, reason, decider }: Decision): string {
  const statement = decider && {
    grant: decider.grantId,
    name: decider.grantName,
    kind: decider.kind,
    index: decider.statement,
    sid: decider.sid,
  }
  return JSON.stringify({ id, decision, reason, statement })
}

function differencesOf({ id, expected, decision }: PolicyCase & { readonly decision: Decision }): readonly string[] {
  return (['decision', 'reason'] as const).flatMap((what) => {
    const wanted = expected[what]
    if (wanted === undefined || wanted === decision[what]) return []
    return [`${id}: expected the ${what} ${wanted}, but it is ${decision[what]}`]
  })
}
