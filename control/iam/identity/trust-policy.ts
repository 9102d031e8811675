import { AppError } from '#kernel'

const ASSUME = 'sts:agencies:assume'
const ACCOUNT_ID = /^[A-Za-z0-9_-]{1,128}$/

/**
 * The account that a trust policy lets assume an agency. Served is one statement that allows `sts:agencies:assume` to
 * one account; whatever else a document may say is refused when it is written, rather than ignored later.
 */
export function parseTrustPolicy(text: string): string {
  const document = record(parse(text), '')
  refuseOthers(document, '', ['Version', 'Statement'])
  if (document.Version !== '5.0') throw invalid('Version', 'must be "5.0"')
  const { Statement: statements } = document
  if (!Array.isArray(statements) || statements.length !== 1) throw invalid('Statement', 'must be an array of one')
  const statement = record(statements[0], 'Statement[0]')
  refuseOthers(statement, 'Statement[0]', ['Sid', 'Effect', 'Action', 'Principal'])
  if (statement.Effect !== 'Allow') throw invalid('Statement[0].Effect', 'must be "Allow"')
  if (single(statement.Action) !== ASSUME) throw invalid('Statement[0].Action', `must be ["${ASSUME}"]`)
  const principal = record(statement.Principal, 'Statement[0].Principal')
  refuseOthers(principal, 'Statement[0].Principal', ['IAM'])
  const account = single(principal.IAM)
  if (typeof account === 'string' && ACCOUNT_ID.test(account)) return account
  throw invalid('Statement[0].Principal.IAM', 'must be an array of one account id')
}

type Members = Readonly<Record<string, unknown>>

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('trust_policy', 'is not JSON')
  }
}

function record(value: unknown, where: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members
  throw invalid(where || 'trust_policy', 'must be an object')
}

function refuseOthers(members: Members, where: string, known: readonly string[]): void {
  const other = Object.keys(members).find((name) => !known.includes(name))
  if (other === undefined) return
  const place = where === '' ? '' : `${where}.`
  throw invalid(`${place}${other}`.slice(0, 100), 'is not served in trust policies')
}

function single(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? value[0] : undefined
}

function invalid(where: string, detail: string): AppError {
  return new AppError('iam.policy_invalid', { code: 'IAM.0011', where, detail })
}
