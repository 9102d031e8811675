import { isIP } from 'node:net'
import { isSystemPolicy, type OutsideConfig, type OutsideCredential } from '#iam'

/** Command line options of an identity service outside; its secret comes from the environment. */
export const OUTSIDE_OPTIONS = {
  'outside-iam': { type: 'string' },
  'outside-iam-ca': { type: 'string' },
  'outside-role': { type: 'string', multiple: true, default: [] as string[] },
} as const

export interface OutsideValues {
  readonly 'outside-iam'?: string | undefined
  readonly 'outside-iam-ca'?: string | undefined
  readonly 'outside-role': readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Null when there is none. Throws a sentence that names the option or variable when something cannot be used. */
export function parseOutside(values: OutsideValues, environment: Environment): OutsideConfig | null {
  const { 'outside-iam': url, 'outside-iam-ca': caFile, 'outside-role': roles } = values
  if (url === undefined) {
    const [other] = [...(caFile === undefined ? [] : ['--outside-iam-ca']), ...(roles.length ? ['--outside-role'] : [])]
    if (other !== undefined) throw new Error(`${other} needs --outside-iam, the address of the identity service`)
    return null
  }
  if (roles.length === 0) {
    throw new Error('--outside-iam needs --outside-role NAME=POLICY, or nobody could do anything with its tokens')
  }
  return {
    url: urlOf(url),
    caFile: caFile ?? null,
    credential: credentialOf(environment),
    roles: rolesOf(roles),
    cacheSeconds: cacheSecondsOf(environment.BERTH_OUTSIDE_IAM_CACHE_SECONDS),
  }
}

/** People copy addresses with `/v3` from their clients: it is meant, and is left out here. */
function urlOf(text: string): string {
  const complain = (detail: string) => new Error(`--outside-iam must be ${detail}, not '${withoutUser(text)}'`)
  if (!URL.canParse(text)) throw complain('an address such as https://keystone.example:5000')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw complain('an address without user and password')
  if (url.search !== '' || url.hash !== '') throw complain('an address without query and fragment')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw complain('an https address (http only on this machine), because tokens and a password are sent there')
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v3$/, '')
}

/** A sentence on the screen is no place for a password. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@')
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
}

function rolesOf(texts: readonly string[]): OutsideConfig['roles'] {
  const roles = new Map<string, string[]>()
  for (const text of texts) {
    const [, role, policy] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    if (role === undefined || policy === undefined)
      throw new Error(`--outside-role must be NAME=POLICY such as member='Workspace FullAccess', not '${text}'`)
    if (!isSystemPolicy(policy.trim())) {
      throw new Error(
        `--outside-role ${role.trim()}: there is no system policy '${policy.trim()}'; GET /v3/roles lists them`,
      )
    }
    roles.set(role.trim(), [...(roles.get(role.trim()) ?? []), policy.trim()])
  }
  return roles
}

const USER = 'BERTH_OUTSIDE_IAM_USER'
const PASSWORD = 'BERTH_OUTSIDE_IAM_PASSWORD'
const ID = 'BERTH_OUTSIDE_IAM_CREDENTIAL_ID'
const SECRET = 'BERTH_OUTSIDE_IAM_CREDENTIAL_SECRET'

function credentialOf(environment: Environment): OutsideCredential {
  const { [USER]: user, [PASSWORD]: password, [ID]: id, [SECRET]: secret } = environment
  const hasPassword = isBoth(user, USER, password, PASSWORD)
  const hasCredential = isBoth(id, ID, secret, SECRET)
  if (hasPassword === hasCredential)
    throw new Error(`--outside-iam needs either ${USER} and ${PASSWORD}, or ${ID} and ${SECRET}`)
  if (id && secret) return { kind: 'application_credential', id, secret }
  const userDomain = environment.BERTH_OUTSIDE_IAM_USER_DOMAIN || 'Default'
  const project = environment.BERTH_OUTSIDE_IAM_PROJECT
  const domain = environment.BERTH_OUTSIDE_IAM_PROJECT_DOMAIN || userDomain
  return {
    ...{ kind: 'password', user: user ?? '', userDomain, password: password ?? '' },
    project: project ? { name: project, domain } : null,
  }
}

function isBoth(one: string | undefined, nameOfOne: string, two: string | undefined, nameOfTwo: string): boolean {
  if (one && !two) throw new Error(`${nameOfOne} needs ${nameOfTwo} beside it`)
  if (two && !one) throw new Error(`${nameOfTwo} needs ${nameOfOne} beside it`)
  return Boolean(one && two)
}

const LONGEST_CACHE = 60

function cacheSecondsOf(text: string | undefined): number {
  if (text === undefined) return LONGEST_CACHE
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_CACHE) return seconds
  throw new Error(`BERTH_OUTSIDE_IAM_CACHE_SECONDS must be a whole number from 1 to ${LONGEST_CACHE}, not '${text}'`)
}
