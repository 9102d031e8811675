import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { insertDomain } from '../identity/domain.store.ts'
import { deriveId } from './derive-id.ts'
import { BootstrapError } from './parse.ts'
import { EVERYTHING, readRows, type TestBootstrap, testBootstrap } from './test-bootstrap.ts'

let test: TestBootstrap
before(async () => {
  test = await testBootstrap()
  await test.apply(EVERYTHING)
  const { db } = test.database
  const domain_id = 'f'.repeat(32)
  const created_at = new Date()
  await insertDomain(db, { id: domain_id, name: 'foreign' }, created_at)
  const row = (name: string) => ({ id: `foreign-${name}`, domain_id, name, created_at })
  await db.insertInto('iam.user').values(row('user')).execute()
  await db.insertInto('iam.group').values(row('group')).execute()
  await db.insertInto('iam.project').values(row('project')).execute()
  await db
    .insertInto('iam.agency')
    .values({ ...row('agency'), trust_domain_id: domain_id })
    .execute()
  await db
    .insertInto('iam.enterprise_project')
    .values({ ...row('factory'), updated_at: created_at })
    .execute()
  await db
    .insertInto('iam.access_key')
    .values({ access_key: 'FOREIGNKEY0123456789', user_id: 'foreign-user', secret_sealed: 'x', created_at })
    .execute()
})
after(() => test[Symbol.asyncDispose]())

/** The sentence for a file; nothing may be written. */
async function refusalOf(text: string, environment?: Record<string, string>): Promise<string> {
  const rows = await readRows(test.database)
  const error = await test.apply(text, environment === undefined ? {} : { environment }).then(
    (changes) => assert.fail(`it was applied: ${changes.join(', ')}`),
    (error: unknown) => error,
  )
  assert.ok(error instanceof BootstrapError, String(error))
  assert.deepEqual(await readRows(test.database), rows)
  return error.message
}

type Mistake = readonly [what: string, from: string, to: string, says: RegExp]

function itRefuses(mistakes: readonly Mistake[]): void {
  for (const [what, from, to, says] of mistakes) {
    it(what, async () => {
      assert.ok(EVERYTHING.includes(from), from)
      assert.match(await refusalOf(EVERYTHING.replace(from, to)), says)
    })
  }
}

describe('a bootstrap file is refused with line and place, and nothing is changed, for a name that is not there:', () => {
  itRefuses([
    [
      'member',
      '[ops-anna, root]',
      '[ops-anna, ops-bob]',
      /^iam\.yaml:37: accounts\.0\.groups\.0\.users\.1: acme has no user ops-bob$/,
    ],
    [
      'identity policy',
      'policies: [update-session-ips]\n        grants:\n',
      'policies: [nobody]\n        grants:\n',
      /^iam\.yaml:38: accounts\.0\.groups\.0\.policies\.0: acme has no identity policy nobody$/,
    ],
    [
      'policy of a grant',
      'policy: Tenant Guest, all',
      'policy: Nobody, all',
      /^iam\.yaml:41: accounts\.0\.groups\.0\.grants\.1\.policy: neither acme nor the system has a policy Nobody$/,
    ],
    [
      'project',
      'FullAccess, project: local-1 }',
      'FullAccess, project: nowhere }',
      /^iam\.yaml:40: .*\.grants\.0\.project: acme has no project nowhere$/,
    ],
    [
      'enterprise project',
      'enterprise_project: factory',
      'enterprise_project: hall',
      /^iam\.yaml:32: accounts\.0\.users\.0\.grants\.0\.enterprise_project: acme has no/,
    ],
    [
      'trusted account',
      'trust_account: partner',
      'trust_account: stranger',
      /^iam\.yaml:47: accounts\.0\.agencies\.0\.trust_account: there is no account stranger$/,
    ],
    [
      'policy of the other model',
      'policies: [update-session-ips]\n        grants:\n',
      'policies: [Tenant Guest]\n        grants:\n',
      /no identity policy but one of the older model; say it under grants/,
    ],
    [
      'policy of the newer model in a grant',
      'policy: Tenant Guest, all',
      'policy: update-session-ips, all',
      /the identity policy of this name belongs under policies$/,
    ],
  ])
})

describe('a policy in a bootstrap file is refused with the line of the part that is wrong:', () => {
  itRefuses([
    [
      'an unknown operator',
      'Effect: Allow, Action: [workspace:server:list]',
      'Effect: Allow, Action: [workspace:server:list], Condition: { Like: { g:UserName: [x] } }',
      /^iam\.yaml:21: accounts\.0\.policies\.1\.document\.Statement\.0\.Condition\.Like: .*\(IAM\.\d+\)$/,
    ],
    [
      'a wrong effect',
      '            - Effect: Allow',
      '            - Effect: Perhaps',
      /^iam\.yaml:16: accounts\.0\.policies\.0\.document\.Statement\.0\.Effect: /,
    ],
    [
      'a version that is a number',
      'Version: "5.0"',
      'Version: 5.0',
      /^iam\.yaml:14: .*\.document\.Version: must be in quotes: "5\.0"$/,
    ],
    [
      'a version there is not',
      'Version: "5.0"',
      'Version: "6.0"',
      /^iam\.yaml:14: .*\.document\.Version: must be "5\.0", or "1\.1" of the older model$/,
    ],
    [
      'actions of projects and of the account',
      '["iam:users:*"]',
      '["iam:users:*", "workspace:*:*"]',
      /^iam\.yaml:25: .*Statement\.0\.Action: has workspace/,
    ],
    [
      'a name of the system',
      'name: List servers',
      'name: Tenant Guest',
      /^iam\.yaml:18: .*name: Tenant Guest is a policy of the system/,
    ],
    [
      'a name that no URN can have',
      '- name: update-session-ips',
      '- name: update ips',
      /^iam\.yaml:11: .*an identity policy is called by letters/,
    ],
  ])
})

describe('ids and names of a bootstrap file are refused', () => {
  itRefuses([
    [
      'of a user of another account',
      'name: viewer-bo',
      'name: other, id: foreign-user',
      /^iam\.yaml:33: accounts\.0\.users\.1: the id is taken/,
    ],
    [
      'of a group of another account',
      '- name: operators',
      '- name: other\n        id: foreign-group',
      /^iam\.yaml:35: accounts\.0\.groups\.0: the id is taken/,
    ],
    [
      'of a project of another account',
      'name: local-1_test',
      'name: local-1_x, id: foreign-project',
      /^iam\.yaml:5: accounts\.0\.projects\.0: the id is taken/,
    ],
    [
      'of an agency of another account',
      '- name: support',
      '- name: other\n        id: foreign-agency',
      /^iam\.yaml:45: accounts\.0\.agencies\.0: the id is taken/,
    ],
    [
      'of an enterprise project of another account',
      'name: closed',
      'name: other, id: foreign-factory',
      /accounts\.0\.enterprise_projects\.1: the id is taken/,
    ],
    [
      'of a policy of the system',
      '- name: List servers',
      '- name: Mine\n        id: 5b0e7c1a90d24f6e8a31c4d27f60b801',
      /accounts\.0\.policies\.1: the id is taken/,
    ],
    [
      'of another account',
      '- name: partner',
      '- name: partner2\n    id: ffffffffffffffffffffffffffffffff',
      /accounts\.1\.id: the id f{32} is that of the account foreign$/,
    ],
    [
      'that the thing does not have',
      '- name: operators',
      '- name: operators\n        id: another',
      /accounts\.0\.groups\.0\.id: the group operators of acme has the id /,
    ],
    [
      'that the account does not have',
      '- name: partner',
      '- name: partner\n    id: another',
      /accounts\.1\.id: the account partner has the id /,
    ],
    [
      'of a key of somebody else',
      'ANNAKEY0123456789AB',
      'FOREIGNKEY0123456789',
      /access_keys\.0\.access: the key FOREIGNKEY0123456789 is somebody else's$/,
    ],
    [
      'that are there twice',
      'name: viewer-bo',
      'name: ops-anna',
      /^iam\.yaml:33: accounts\.0\.users\.1\.name: the name ops-anna is there already, at accounts\.0\.users\.0\.name$/,
    ],
    ['of the owner among the users', 'name: viewer-bo', 'name: root', /the name root is there already, at/],
    [
      'of another owner',
      'owner: { name: root, password',
      'owner: { name: boss, password',
      /^iam\.yaml:3: accounts\.0\.owner: the owner of acme is root with the id /,
    ],
    [
      'of a project of another region',
      'name: local-1_test',
      'name: moon-1',
      /^iam\.yaml:5: accounts\.0\.projects\.0\.name: projects are called local-1 or local-1_… after/,
    ],
    [
      'of the default enterprise project',
      'name: closed',
      'name: Default',
      /enterprise_projects\.1\.name: Default is that of the one that every account has/,
    ],
  ])

  it('of one thing under two names', async () => {
    const { id } = await test.database.db
      .selectFrom('iam.group')
      .select('id')
      .where('name', '=', 'operators')
      .executeTakeFirstOrThrow()
    const text = EVERYTHING.replace('- name: operators', `- { name: workers, id: ${id} }\n      - name: operators`)
    assert.match(
      await refusalOf(text),
      /accounts\.0\.groups\.1: this is the group .* again, .* at accounts\.0\.groups\.0/,
    )
  })

  it('that a renamed thing had, by which two would have the same id', async () => {
    const { db } = test.database
    const account = await db.selectFrom('iam.domain').select('id').where('name', '=', 'acme').executeTakeFirstOrThrow()
    const id = deriveId('group', account.id, 'operators')
    await db.updateTable('iam.group').set({ name: 'renamed' }).where('id', '=', id).execute()
    try {
      assert.match(
        await refusalOf(EVERYTHING),
        /accounts\.0\.groups\.0: the id it would get is that of the group renamed,/,
      )
    } finally {
      await db.updateTable('iam.group').set({ name: 'operators' }).where('id', '=', id).execute()
    }
  })
})

describe('secrets of a bootstrap file are refused without being said', () => {
  const SECRETS: readonly (readonly [what: string, environment: Record<string, string>, says: RegExp])[] = [
    [
      'when they are not there',
      { ANNA: '' },
      /iam\.yaml:29: accounts\.0\.users\.0\.password: the environment variable ANNA is empty or not set$/,
    ],
    ['when a password breaks the rules', { ANNA: 'hunter' }, /^iam\.yaml:29: .*password: a password has two kinds/],
    [
      'when a secret key is short',
      { KEY: 'hunter' },
      /access_keys\.0\.secret: a secret key has 20 characters at least$/,
    ],
  ]
  for (const [what, environment, says] of SECRETS) {
    it(what, async () => {
      const all = {
        ROOT: 'Root-passw0rd',
        ANNA: 'Anna-passw0rd',
        BO: 'Bo-passw0rd',
        KEY: 'k'.repeat(40),
        ...environment,
      }
      const sentence = await refusalOf(EVERYTHING, all)
      assert.match(sentence, says)
      assert.doesNotMatch(sentence, /hunter/)
    })
  }

  it('a third key of a user', async () => {
    const { db } = test.database
    const { id: user_id } = await db
      .selectFrom('iam.user')
      .select('id')
      .where('name', '=', 'ops-anna')
      .executeTakeFirstOrThrow()
    const row = { access_key: 'BYTHEAPI0123456789', user_id, secret_sealed: 'x', created_at: new Date() }
    await db.insertInto('iam.access_key').values(row).execute()
    const third = EVERYTHING.replace(
      '[{ access: ANNAKEY',
      '[{ access: THIRDKEY01, secret: { env: KEY } }, { access: ANNAKEY',
    )
    assert.match(await refusalOf(third), /access_keys\.0: ops-anna has 2 access keys already/)
    await db.deleteFrom('iam.access_key').where('access_key', '=', 'BYTHEAPI0123456789').execute()
  })
})
