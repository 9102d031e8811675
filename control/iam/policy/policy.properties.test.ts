import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileGrants, type Grant } from './compile.ts'
import { type AccessRequest, type Decision, decide } from './decide.ts'
import { patternOf, patternTest, textTest } from './glob.ts'
import { action, context, type StatementText, statement, statements, urn } from './test-arbitraries.ts'
import { decideBy, grant, identity, policy, request } from './test-grants.ts'

const RUNS = { numRuns: 500 }

const asked = fc
  .record({ context, action, resource: urn })
  .map(({ context, action, resource }) => request(context, { action, resource }))

const oneGrant = fc
  .tuple(
    fc.constantFrom('policy', 'identity', 'session', 'scp' as const),
    statements,
    fc.constantFrom('root', 'account'),
  )
  .map(([kind, list, level]) =>
    kind === 'scp' ? { ...scp(list), level } : kind === 'session' ? session(list) : of(kind, list),
  )

function of(kind: string, list: readonly StatementText[]): Grant {
  // 1.1 has no NotResource and not all of these operators; it is read as stored, so that nothing is refused
  return kind === 'policy' ? policy(...list) : identity(...list)
}
function scp(list: readonly StatementText[]): Grant {
  return grant('scp', { Version: '5.0', Statement: list })
}
function session(list: readonly StatementText[]): Grant {
  return grant('session', { Version: '5.0', Statement: list })
}

const grants = fc.array(oneGrant, { maxLength: 5 })

/** Each statement compiled alone, then the rules of section 3.7 word by word: no index, no plan, no order. */
function scan(all: readonly Grant[], request: AccessRequest): Decision['reason'] {
  const matching = all.flatMap((grant) =>
    grant.document.statements.flatMap((each) => {
      const alone = { ...grant, kind: 'identity' as const, document: { ...grant.document, statements: [each] } }
      const { reason } = decide(compileGrants([alone]), { ...request, isRootUser: false })
      return reason === 'implicitDeny' ? [] : [{ grant, effect: each.effect }]
    }),
  )
  if (matching.some(({ effect }) => effect === 'Deny')) return 'explicitDeny'
  const allowing = matching.map(({ grant }) => grant)
  const levels = new Set(all.filter(({ kind }) => kind === 'scp').map(({ level }) => level))
  for (const level of levels) {
    if (!allowing.some((grant) => grant.kind === 'scp' && grant.level === level)) return 'implicitDeny'
  }
  if (request.isRootUser) return 'accountRoot'
  const sessions = all.some(({ kind }) => kind === 'session')
  if (sessions && !allowing.some(({ kind }) => kind === 'session')) return 'implicitDeny'
  return allowing.some(({ kind }) => kind === 'identity' || kind === 'policy') ? 'allow' : 'implicitDeny'
}

describe('whatever is granted and asked,', () => {
  it('nothing is allowed without an Allow', () => {
    const denies = fc.array(statement.map((each) => ({ ...each, Effect: 'Deny' as const })))
    fc.assert(
      fc.property(denies, asked, (list, request) => {
        assert.equal(decideBy([identity(...list)], request).decision, 'Deny')
      }),
      RUNS,
    )
  })

  it('the index finds what a scan of everything finds', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(grants, asked, fc.boolean(), (all, request, isRootUser) => {
        const { reason } = decideBy(all, { ...request, isRootUser })
        seen.add(reason)
        assert.equal(reason, scan(all, { ...request, isRootUser }))
      }),
      { numRuns: 2_000 },
    )
    assert.deepEqual([...seen].sort(), ['accountRoot', 'allow', 'explicitDeny', 'implicitDeny'])
  })

  it('the order of grants and of statements decides nothing', () => {
    fc.assert(
      fc.property(grants, asked, (all, request) => {
        const { decision, reason, missing } = decideBy(all, request)
        const turned = all
          .map((grant) => {
            const list = grant.document.statements.toReversed()
            return { ...grant, document: { ...grant.document, statements: list } }
          })
          .toReversed()
        const { decider: _, ...other } = decideBy(turned, request)
        // which level of the organization or kind is missing is told in a fixed order, too
        assert.deepEqual(other, { decision, reason, missing, check: 0 })
      }),
      RUNS,
    )
  })

  it('an explicit deny stays one whatever is added', () => {
    let denied = 0
    fc.assert(
      fc.property(grants, grants, asked, (some, more, request) => {
        if (decideBy(some, request).reason !== 'explicitDeny') return
        denied += 1
        assert.equal(decideBy([...more, ...some], request).reason, 'explicitDeny')
      }),
      { numRuns: 1_000 },
    )
    assert.ok(denied > 50, `only ${denied} draws were denied`)
  })

  it('a refusal is not turned by a narrower Allow than those that did not match', () => {
    fc.assert(
      fc.property(statements, asked, fc.boolean(), (list, request, byResource) => {
        if (decideBy([identity(...list)], request).reason !== 'implicitDeny') return
        const never = { 'ForAnyValue:StringEquals': { 'g:CalledVia': ['nobody'] } }
        const narrower = list.map((each) =>
          byResource && !each.NotResource
            ? { ...each, Resource: each.Resource?.map((text) => (text === '*' ? '*:*:*:*:a' : text)) ?? ['*:*:*:*:a'] }
            : { ...each, Condition: { ...each.Condition, ...never } },
        )
        assert.equal(decideBy([identity(...list, ...narrower)], request).reason, 'implicitDeny')
      }),
      RUNS,
    )
  })

  it('a further test never makes a statement match that did not', () => {
    fc.assert(
      fc.property(statement, statement, asked, (one, other, request) => {
        const { Condition: extra } = other
        const matches = (each: StatementText) => decideBy([identity(each)], request).reason !== 'implicitDeny'
        if (extra === undefined || matches(one)) return
        const fresh = Object.entries(extra).filter(([operator]) => !(operator in (one.Condition ?? {})))
        assert.ok(!matches({ ...one, Condition: { ...one.Condition, ...Object.fromEntries(fresh) } }))
      }),
      RUNS,
    )
  })

  it('statements about other services change nothing', () => {
    fc.assert(
      fc.property(statements, statements, asked, (list, more, request) => {
        const foreign = more.map(({ NotAction: _, ...each }) => ({ ...each, Action: ['ecs:*:*', 'obs:bucket:get'] }))
        const before = decideBy([identity(...list)], request)
        const after = decideBy([identity(...foreign), identity(...list)], request)
        assert.deepEqual(after, before)
      }),
      RUNS,
    )
  })
})

/** The textbook: what is left of the pattern against what is left of the text. */
function matchesByRecursion(pattern: readonly string[], text: readonly string[]): boolean {
  const [token, ...rest] = pattern
  if (token === undefined) return text.length === 0
  if (token === '*')
    return matchesByRecursion(rest, text) || (text.length > 0 && matchesByRecursion(pattern, text.slice(1)))
  return text.length > 0 && (token === '?' || token === text[0]) && matchesByRecursion(rest, text.slice(1))
}

describe('a wildcard', () => {
  const letters = (...more: readonly string[]) =>
    fc.array(fc.constantFrom('a', 'b', '😀', ':', ...more), { maxLength: 9 })

  it('matches what the textbook matches, characters of two units included', () => {
    fc.assert(
      fc.property(letters('*', '?'), letters(), (pattern, text) => {
        const expected = matchesByRecursion(pattern, text)
        assert.equal(patternTest(patternOf(pattern.join('')))(text.join('')), expected)
        assert.equal(textTest(pattern.join(''))(text.join('')), expected)
      }),
      { numRuns: 5_000 },
    )
  })

  it('is told in one way through the text where the pattern has no `?`, however long both are', () => {
    const runs = patternTest(patternOf(`${'*a'.repeat(400)}b`))
    const long = patternTest(patternOf(`*${'a'.repeat(2_000)}b*`))
    const text = 'a'.repeat(1_000_000)
    const startedAt = performance.now()
    assert.ok(!runs(text))
    assert.ok(!long(text))
    assert.ok(performance.now() - startedAt < 500)
  })
})
