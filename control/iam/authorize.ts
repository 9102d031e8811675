import type { Check, Principal, RawRequest } from '#http'
import { AppError, type Clock } from '#kernel'
import { renderMessage, sealMessage } from './authorization-message.ts'
import { createHoldings, type HoldingsDeps } from './holdings.ts'
import type { Keyring } from './keys/keyring.ts'
import { type ActionCheck, createContext, type Decider, type Decision, decide, renderRefusal } from './policy/index.ts'
import { type ContextValues, checkValues, requestValues } from './request-context.ts'
import { describedUrn, resourceUrn } from './resource-urn.ts'

export interface AuthorizeDeps extends HoldingsDeps {
  readonly clock: Clock
  readonly keyring: Keyring
  readonly region: string
  /** Undefined for a project that is not there. */
  projectName(projectId: string): Promise<string | undefined>
}

/** Throws iam.forbidden for the first check that is not allowed; what the others would have said stays unsaid. */
export type Authorize = (principal: Principal, checks: readonly Check[], request: RawRequest) => Promise<void>

/** IAM reference, section 3.7. The account itself may do everything, unless its credential has a session policy. */
export function createAuthorize(deps: AuthorizeDeps): Authorize {
  const findHoldings = createHoldings(deps)
  const { region } = deps

  return async (principal, checks, request) => {
    if (checks.length === 0 || (principal.isOwner && principal.sessionPolicy === null)) return
    const [{ compiled, tags }, names] = await Promise.all([findHoldings(principal), projectNames(deps, checks)])
    const values = requestValues(principal, tags, request, { region, now: deps.clock.now() })
    const valuesOf = (check: Check) => checkValues(principal, check, names.get(check.projectId))
    const decision = decide(compiled, {
      context: createContext(values),
      isRootUser: false,
      checks: checks.map((check) => questionOf(region, principal, check, valuesOf(check))),
    })
    if (decision.decision === 'Allow') return
    const refused = toldOf(checks[decision.check] as Check)
    throw refusal(deps, principal, refused, decision, { ...values, ...valuesOf(refused) })
  }
}

type Names = ReadonlyMap<string | null, string | undefined>

async function projectNames({ projectName }: AuthorizeDeps, checks: readonly Check[]): Promise<Names> {
  const ids = [...new Set(checks.map(({ projectId }) => projectId))]
  return new Map(
    await Promise.all(ids.map(async (id) => [id, id === null ? undefined : await projectName(id)] as const)),
  )
}

function questionOf(region: string, principal: Principal, check: Check, values: ContextValues): ActionCheck {
  const { action, projectId } = check
  return {
    action,
    resource: resourceUrn(region, principal.domainId, check),
    resourceId: check.resource?.ownId ?? null,
    projectId,
    isOwn: check.resource?.isOwn === true,
    context: createContext(values),
  }
}

/** The check as the caller may see it. */
function toldOf(check: Check): Check {
  const { resource } = check
  return resource?.toldAs ? { ...check, resource: { ...resource, ...resource.toldAs } } : check
}

function refusal(
  { keyring, region }: AuthorizeDeps,
  principal: Principal,
  check: Check,
  decision: Decision,
  values: ContextValues,
): AppError {
  const { domainId, urn } = principal
  const { action } = check
  const resource = describedUrn(region, domainId, check)
  const sentence = renderRefusal({ principal: urn, action, resource }, decision)
  const message = renderMessage({ action, resource, ...values }, decision)
  return new AppError('iam.forbidden', {
    action,
    reason: `${sentence}${whichStatement(principal, decision)}`,
    encodedAuthorizationMessage: sealMessage(keyring, domainId, message),
  })
}

/** A user of the account may know which statement denied; whoever has assumed an agency may be of another account. */
function whichStatement({ kind }: Principal, { reason, decider }: Decision): string {
  if (kind !== 'user' || reason !== 'explicitDeny' || decider === null) return ''
  return ` ${renderDecider(decider)} decided.`
}

function renderDecider({ grantName, statement, sid }: Decider): string {
  const named = sid === null ? '' : ` (${sid})`
  return `Statement ${statement + 1}${named} of the policy ${grantName}`
}
