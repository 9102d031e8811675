import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArgs } from 'node:util'
import { parseConfig, SERVE_OPTIONS } from './config.ts'

const PASSWORD = { BERTH_OUTSIDE_IAM_USER: 'berth', BERTH_OUTSIDE_IAM_PASSWORD: 'pw-of-berth' }
const CREDENTIAL = { BERTH_OUTSIDE_IAM_CREDENTIAL_ID: 'c0ffee', BERTH_OUTSIDE_IAM_CREDENTIAL_SECRET: 's3cret' }
const URL_ONLY = ['--outside-iam', 'https://keystone.example:5000']
const GOOD = [...URL_ONLY, '--outside-role', 'member=Workspace FullAccess']

function parse(args: readonly string[], environment: Readonly<Record<string, string>> = PASSWORD) {
  return parseConfig(parseArgs({ args: [...args], options: SERVE_OPTIONS }).values, environment).outside
}

describe('the options of an identity service outside', () => {
  it('are none unless asked for, whatever is in the environment', () => {
    assert.equal(parse([]), null)
  })

  it('say where it is, as whom to ask it, and what its roles mean', () => {
    const roles = ['admin=te_admin', 'reader=Workspace ReadOnlyAccess', 'member=FullAccess', 'member=Tenant Guest']
    const args = [...GOOD, '--outside-iam-ca', 'ca.pem', ...roles.flatMap((role) => ['--outside-role', role])]
    assert.deepEqual(parse(args), {
      url: 'https://keystone.example:5000',
      caFile: 'ca.pem',
      credential: { kind: 'password', user: 'berth', userDomain: 'Default', password: 'pw-of-berth', project: null },
      roles: new Map([
        ['member', ['Workspace FullAccess', 'FullAccess', 'Tenant Guest']],
        ['admin', ['te_admin']],
        ['reader', ['Workspace ReadOnlyAccess']],
      ]),
      cacheSeconds: 60,
    })
  })

  it('take user, project and domains from the environment, or an application credential', () => {
    const scope = { BERTH_OUTSIDE_IAM_PROJECT: 'service', BERTH_OUTSIDE_IAM_USER_DOMAIN: 'ours' }
    const user = { kind: 'password', user: 'berth', userDomain: 'ours', password: 'pw-of-berth' }
    const own = parse(GOOD, { ...PASSWORD, ...scope })?.credential
    assert.deepEqual(own, { ...user, project: { name: 'service', domain: 'ours' } })
    const there = parse(GOOD, { ...PASSWORD, ...scope, BERTH_OUTSIDE_IAM_PROJECT_DOMAIN: 'theirs' })?.credential
    assert.deepEqual(there, { ...user, project: { name: 'service', domain: 'theirs' } })
    const credential = { kind: 'application_credential', id: 'c0ffee', secret: 's3cret' }
    assert.deepEqual(parse(GOOD, CREDENTIAL)?.credential, credential)
    assert.equal(parse(GOOD, { ...PASSWORD, BERTH_OUTSIDE_IAM_CACHE_SECONDS: '5' })?.cacheSeconds, 5)
  })

  const ADDRESSES = [
    ['https://cloud.example/identity/v3/', 'https://cloud.example/identity'],
    ['https://iam.example/v3', 'https://iam.example'],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:5000'],
    ['http://[::1]:5000/v3', 'http://[::1]:5000'],
    ['http://localhost:5000', 'http://localhost:5000'],
  ] as const
  for (const [text, url] of ADDRESSES) {
    it(`take the address as clients have it: ${text}`, () => {
      assert.equal(parse(['--outside-iam', text, ...GOOD.slice(2)])?.url, url)
    })
  }

  const at = (address: string) => ['--outside-iam', address, ...GOOD.slice(2)]
  const WRONG: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp])[] = [
    ['no address', GOOD.slice(2), PASSWORD, /^--outside-role needs --outside-iam/],
    ['certificates without address', ['--outside-iam-ca', 'f'], PASSWORD, /^--outside-iam-ca needs --outside-iam/],
    ['no role', URL_ONLY, PASSWORD, /^--outside-iam needs --outside-role NAME=POLICY/],
    ['no address at all', at('keystone'), PASSWORD, /^--outside-iam must be an address such as/],
    ['another protocol', at('ldaps://keystone'), PASSWORD, /must be an https address/],
    ['a password over the network', at('http://keystone.example:5000'), PASSWORD, /must be an https address/],
    ['a name that looks local', at('http://127.0.0.1.example'), PASSWORD, /must be an https address/],
    ['a user in the address', at('https://u:pw@keystone'), PASSWORD, /without user and password, not 'https:\/\/…@k/],
    ['a query', at('https://keystone/?a=1'), PASSWORD, /without query and fragment/],
    ['a role without policy', [...GOOD, '--outside-role', 'admin='], PASSWORD, /^--outside-role must be NAME=POLICY/],
    [
      'a policy that is none',
      [...GOOD, '--outside-role', 'a=Nothing'],
      PASSWORD,
      /^--outside-role a: there is no system policy 'Nothing'/,
    ],
    ['a policy without role', [...GOOD, '--outside-role', '=x'], PASSWORD, /^--outside-role must be NAME=POLICY/],
    ['neither credential', GOOD, {}, /needs either BERTH_OUTSIDE_IAM_USER and BERTH_OUTSIDE_IAM_PASSWORD, or/],
    ['both credentials', GOOD, { ...PASSWORD, ...CREDENTIAL }, /needs either/],
    ['a user without password', GOOD, { BERTH_OUTSIDE_IAM_USER: 'u' }, /_USER needs BERTH_OUTSIDE_IAM_PASSWORD/],
    ['a password of nobody', GOOD, { BERTH_OUTSIDE_IAM_PASSWORD: 'p' }, /_PASSWORD needs BERTH_OUTSIDE_IAM_USER/],
    [
      'half a credential beside a whole one',
      GOOD,
      { ...PASSWORD, BERTH_OUTSIDE_IAM_CREDENTIAL_SECRET: 's' },
      /_CREDENTIAL_SECRET needs BERTH_OUTSIDE_IAM_CREDENTIAL_ID/,
    ],
    ...['0', '61', '1.5', 'long', ''].map(
      (text) =>
        [
          `a cache of '${text}' seconds`,
          GOOD,
          { ...PASSWORD, BERTH_OUTSIDE_IAM_CACHE_SECONDS: text },
          /^BERTH_OUTSIDE_IAM_CACHE_SECONDS must be a whole number from 1 to 60/,
        ] as const,
    ),
  ]
  for (const [name, args, environment, sentence] of WRONG) {
    it(`are refused with a sentence: ${name}`, () => {
      assert.throws(
        () => parse(args, environment),
        (error: Error) => sentence.test(error.message) && !/pw|s3cret/.test(error.message),
      )
    })
  }
})
