import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseBootstrap } from './parse.ts'

const GOOD = `accounts:
  - name: acme
    owner: { name: root, password: { env: ROOT_PASSWORD } }
    projects:
      - name: cn-north-4
    groups:
      - name: operators
        users: [ops-anna]
        grants:
          - { policy: Workspace FullAccess, project: cn-north-4 }
    users:
      - name: ops-anna
        password: { file: ./anna.secret }
`

function refusalOf(text: string): string {
  try {
    parseBootstrap(text, 'iam.yaml')
  } catch (error) {
    assert.ok(error instanceof Error)
    return error.message
  }
  throw new Error('it was accepted')
}

describe('a bootstrap file', () => {
  it('is read as it is written', () => {
    const [account] = parseBootstrap(GOOD, 'iam.yaml').accounts
    assert.equal(account?.name, 'acme')
    assert.deepEqual(account?.groups?.[0]?.grants, [{ policy: 'Workspace FullAccess', project: 'cn-north-4' }])
    assert.deepEqual(account?.users?.[0]?.password, { file: './anna.secret' })
  })

  it('may be JSON, which is YAML', () => {
    const text = JSON.stringify({ accounts: [{ name: 'acme', owner: { name: 'root' } }] })
    assert.equal(parseBootstrap(text, 'iam.json').accounts.length, 1)
  })
})

describe('a mistake in a bootstrap file is said with file, line and place:', () => {
  const MISTAKES: readonly (readonly [what: string, text: string, says: RegExp])[] = [
    ['no YAML', 'accounts: [', /^iam\.yaml:1: /],
    ['a key twice', GOOD.replace('    projects:', '    name: twice\n    projects:'), /^iam\.yaml:4: .*unique/],
    ['nothing', '', /^iam\.yaml:1: the document must be object/],
    ['no account', 'accounts: []', /^iam\.yaml:1: accounts must not have fewer than 1 items/],
    ['a misspelt field', GOOD.replace('groups:', 'gruops:'), /^iam\.yaml:2: accounts\.0 has the unknown field gruops/],
    [
      'a password in plain',
      GOOD.replace('{ env: ROOT_PASSWORD }', 'secret1'),
      /^iam\.yaml:3: accounts\.0\.owner\.password/,
    ],
    [
      'a grant without a place',
      GOOD.replace(', project: cn-north-4', ''),
      /^iam\.yaml:10: accounts\.0\.groups\.0\.grants\.0/,
    ],
    ['a grant in two places', GOOD.replace('project: cn-north-4', 'project: a, global: true'), /^iam\.yaml:10: /],
    [
      'a name of blanks',
      GOOD.replace('name: acme', "name: '  '"),
      /^iam\.yaml:2: accounts\.0\.name must match pattern/,
    ],
    ['a name with a slash', GOOD.replace('name: acme', 'name: a/b'), /^iam\.yaml:2: accounts\.0\.name/],
    ['a bomb of aliases', bomb(), /^iam\.yaml: Excessive alias count/],
    ['a text without end', `a: ${'x'.repeat(1024 * 1024)}`, /longer than 1048576 characters/],
  ]
  for (const [what, text, says] of MISTAKES) {
    it(what, () => assert.match(refusalOf(text), says))
  }

  it('and a secret is never repeated', () => {
    assert.doesNotMatch(refusalOf(GOOD.replace('{ env: ROOT_PASSWORD }', 'hunter2-secret')), /hunter2/)
  })
})

/** Each line has nine of the line before it. */
function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let depth = 1; depth < 8; depth += 1) {
    const before = Array.from({ length: 9 }, () => `*a${depth - 1}`).join(', ')
    lines.push(`a${depth}: &a${depth} [${before}]`)
  }
  return lines.join('\n')
}
