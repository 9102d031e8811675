import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { iam } from '../iam.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const CASES = join(ROOT, 'control', 'iam', 'policy', 'cases.jsonl')

async function run(args: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await iam(args, {
    input: (async function* () {
      yield input
    })(),
    print: (text) => {
      out += text
    },
    complain: (text) => {
      err += text
    },
  })
  return { code, out, err }
}

const ALLOW = { Version: '5.0', Statement: [{ Sid: 'Look', Effect: 'Allow', Action: ['workspace:server:list'] }] }
const line = (id: string, action: string, more: object = {}) =>
  JSON.stringify({ id, grants: [{ kind: 'identity', document: ALLOW }], request: { action }, ...more })

const LOOK = '{"grant":"grants[0]","name":"grants[0]","kind":"identity","index":0,"sid":"Look"}'
const ALLOWED = `{"id":"a","decision":"Allow","reason":"allow","statement":${LOOK}}\n`
const REFUSED = '{"id":"b","decision":"Deny","reason":"implicitDeny","statement":null}\n'

describe('berth iam simulate', () => {
  it('answers each case of standard input in a line, and passes over empty ones', async () => {
    const input = `${line('a', 'workspace:server:list')}\n\n${line('b', 'workspace:server:create')}\n`
    assert.deepEqual(await run(['simulate', '--file', '-'], input), { code: 0, out: ALLOWED + REFUSED, err: '' })
  })

  it('answers as expected for every case of the reference', async () => {
    const { code, out, err } = await run(['simulate', '--file', CASES, '--check'])
    assert.deepEqual({ code, err, lines: out.trim().split('\n').length }, { code: 0, err: '', lines: 62 })
  })

  it('with --check says what differs and exits 1, after all answers', async () => {
    const wrong = line('b', 'workspace:server:create', { expect: 'Allow', reason: 'allow' })
    const input = `${line('a', 'workspace:server:list', { expect: 'Allow', reason: 'allow' })}\n${wrong}`
    assert.deepEqual(await run(['simulate', '--file', '-', '--check'], input), {
      code: 1,
      out: ALLOWED + REFUSED,
      err:
        'berth iam simulate: b: expected the decision Allow, but it is Deny\n' +
        'berth iam simulate: b: expected the reason allow, but it is implicitDeny\n',
    })
  })

  it('without --check does not mind what is expected', async () => {
    const wrong = line('b', 'workspace:server:create', { expect: 'Allow' })
    assert.deepEqual(await run(['simulate', '--file', '-'], wrong), { code: 0, out: REFUSED, err: '' })
  })

  const BAD: readonly (readonly [what: string, line: string, says: RegExp])[] = [
    ['is no JSON', '{"id":', /line 2: .*JSON/],
    ['is no object', '[]', /line 2: the line: must be an object/],
    ['has no id', '{"grants":[],"request":{"action":"a:b:c"}}', /line 2: id: must be a text/],
    ['mistypes a member of the request', line('b', 'a:b:c', { request: { action: 'a:b:c', resorce: 'x' } }), /resorce/],
    ['has a grant of an unknown kind', line('b', 'a:b:c', { grants: [{ kind: 'acl' }] }), /grants\[0\]\.kind/],
    [
      'has a document without an effect',
      line('b', 'a:b:c', {
        grants: [{ kind: 'policy', document: { Version: '1.1', Statement: [{ Action: ['a:b:c'] }] } }],
      }),
      /line 2: grants\[0\]\.document: Statement\[0\]\.Effect: must be Allow or Deny/,
    ],
    ['asks for nothing', line('b', '', { request: { checks: [] } }), /request\.checks: is empty/],
    ['has a context of objects', line('b', '', { request: { action: 'a:b:c', context: { 'g:A': {} } } }), /g:A/],
    ['has a member __proto__', '{"id":"b","__proto__":{}}', /line 2: /],
  ]
  for (const [what, bad, says] of BAD) {
    it(`answers nothing and exits 2 when a line ${what}`, async () => {
      const { code, out, err } = await run(
        ['simulate', '--file', '-'],
        `${line('a', 'workspace:server:list')}\n${bad}\n`,
      )
      assert.deepEqual({ code, out }, { code: 2, out: '' })
      assert.match(err, says)
      assert.match(err, /^berth iam simulate: line 2: /)
    })
  }

  it('adds nothing to the context except what rootUser says', async () => {
    const byName = (key: string, operator = 'Null', value = 'true') => ({
      Version: '5.0',
      Statement: [{ Effect: 'Allow', Action: '*', Condition: { [operator]: { [key]: value } } }],
    })
    const of = (document: object, request: object) =>
      JSON.stringify({ id: 'x', grants: [{ kind: 'identity', document }], request: { action: 'a:b:c', ...request } })
    const input = [
      of(byName('g:UserName'), {}),
      of(byName('g:PrincipalIsRootUser', 'Bool', 'false'), { rootUser: false }),
    ]
    const { out } = await run(['simulate', '--file', '-'], input.join('\n'))
    assert.deepEqual(
      out
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each).decision),
      ['Allow', 'Allow'],
    )
  })

  it('says which option or file is wrong', async () => {
    assert.match((await run(['simulate'])).err, /--file is missing/)
    assert.match((await run(['simulate', '--file', '/no/such'])).err, /no such file/)
    assert.match((await run(['simulate', '--fiel', 'x'])).err, /--fiel/)
    assert.deepEqual((await run(['simulat'])).code, 2)
    assert.match((await run(['simulate', '--help'])).out, /Exit code/)
  })

  it('is a command of berth and needs no server', () => {
    const args = [join(ROOT, 'cli', 'main.ts'), 'iam', 'simulate', '--file', '-']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      input: line('a', 'workspace:server:list'),
      encoding: 'utf8',
    })
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: ALLOWED, stderr: '' })
  })
})
