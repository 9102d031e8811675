import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { explainSignatures } from './explain-signature.ts'

const VECTORS_FILE = fileURLToPath(new URL('../../../contract/signing/signing-vectors.json', import.meta.url))

type Vector = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly canonicalRequest: string
  readonly stringToSign: string
  readonly authorization: string
  readonly headers: Readonly<Record<string, string>>
}

const VECTORS: readonly Vector[] = JSON.parse(readFileSync(VECTORS_FILE, 'utf8'))
const KEY = 'sK9exampleSecretKey0000000000000000000001'
const TOKEN = 'gQpjbi1ub3J0aC00jEXAMPLEsecurityTOKEN/with+chars==='

function vector(id: string, changes: Readonly<Record<string, unknown>> = {}): Vector {
  const found = VECTORS.find((one) => one.id === id)
  assert.ok(found)
  return { ...found, ...changes }
}

interface Run {
  readonly code: number
  readonly printed: string
  readonly complained: string
}

async function explain(input: unknown, ...options: readonly string[]): Promise<Run> {
  return run(typeof input === 'string' ? input : JSON.stringify(input), ['--file', '-', ...options])
}

async function run(input: string, args: readonly string[]): Promise<Run> {
  const printed: string[] = []
  const complained: string[] = []
  const code = await explainSignatures(args, {
    input: Readable.from([input]),
    print: (text) => void printed.push(text),
    complain: (text) => void complained.push(text),
  })
  for (const text of [...printed, ...complained]) {
    assert.ok(!text.includes(KEY), 'the secret key is printed')
    assert.ok(!text.includes(TOKEN), 'the security token is printed')
  }
  return { code, printed: printed.join(''), complained: complained.join('') }
}

describe('berth iam explain-signature', () => {
  it('calls every worked vector valid, one line each', async () => {
    const { code, printed } = await run('', ['--file', VECTORS_FILE])
    assert.equal(printed, VECTORS.map(({ id }) => `${id}  valid\n`).join(''))
    assert.equal(code, 0)
  })

  it('takes one request, an array, or an object with vectors', async () => {
    for (const input of [vector('S01'), [vector('S01')], { about: 'x', vectors: [vector('S01')] }]) {
      assert.deepEqual(await explain(input), { code: 0, printed: 'S01  valid\n', complained: '' })
    }
  })

  it('shows the first line in which the canonical request of the client differs', async () => {
    const { canonicalRequest } = vector('S03')
    const wrong = {
      canonicalRequest: canonicalRequest.replace('empty=&', 'empty&'),
      authorization: otherSignature('S03'),
    }
    const { code, printed } = await explain(vector('S03', wrong))
    assert.equal(
      printed,
      `S03  invalid: the canonical request differs in line 3, the query
  expected  empty=&offset=0
  found     empty&offset=0
  canonical request of the server
     1 GET
     2 /v1/0123456789abcdef0123456789abcdef/app-servers/
     3 empty=&offset=0
     4 host:workspace.cn-north-4.myhuaweicloud.com
     5 x-sdk-date:20260521T080000Z
     6
     7 host;x-sdk-date
     8 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  string to sign of the server
     1 SDK-HMAC-SHA256
     2 20260521T080000Z
     3 93b5a2b2b276b90ba90cd28ce4996918dde7c199e32c2de26cad5b1eb4f59ee4
`,
    )
    assert.equal(code, 1)
  })

  const LINES: readonly (readonly [string, (text: string) => string, string])[] = [
    ['the method', (text) => text.replace('GET', 'get'), 'line 1, the method'],
    ['the path', (text) => text.replace('app-servers/', 'app-servers'), 'line 2, the path'],
    ['a header', (text) => text.replace('host:', 'host: '), 'line 4, the header host'],
    ['the empty line', (text) => text.replace('\n\nhost;', '\nhost;'), 'line 6, the empty line after the headers'],
    [
      'the names',
      (text) => text.replace('host;x-sdk-date', 'x-sdk-date;host'),
      'line 7, the names of the signed headers',
    ],
    ['the hash', (text) => `${text.slice(0, -1)}0`, 'line 8, the hash of the body'],
    ['an end that is missing', (text) => text.slice(0, text.lastIndexOf('\n')), 'line 8, the hash of the body'],
  ]
  for (const [what, spoil, says] of LINES) {
    it(`names ${what} of the canonical request`, async () => {
      const wrong = { canonicalRequest: spoil(vector('S01').canonicalRequest), authorization: otherSignature('S01') }
      const { printed } = await explain(vector('S01', wrong))
      assert.ok(printed.startsWith(`S01  invalid: the canonical request differs in ${says}\n`), printed)
    })
  }

  it('names the line of the string to sign, where the canonical request is the same or not told', async () => {
    const { stringToSign } = vector('S15')
    const wrong = { stringToSign: stringToSign.replace('/workspace', '/vpc'), authorization: otherSignature('S15') }
    const { printed } = await explain(vector('S15', { ...wrong, canonicalRequest: undefined }))
    assert.ok(printed.startsWith('S15  invalid: the string to sign differs in line 3, the scope\n'), printed)
    assert.match(printed, / {2}expected {2}20260521\/cn-north-4\/workspace\n {2}found {5}20260521\/cn-north-4\/vpc\n/)
  })

  it('blames the key when everything else is the same', async () => {
    const { code, printed } = await explain(vector('S01', { sk: 'another' }))
    assert.match(
      printed,
      /^S01 {2}invalid: the signature differs over the same string to sign: the secret key is another one\n/,
    )
    assert.match(printed, /\n {2}found {5}9ca14847e187fc6a0b3a2d204bebd003d82afad1f383398cbe8e86a5e6bda5a2\n/)
    assert.equal(code, 1)
  })

  it('shows what the server made of a request of which only the header is known', async () => {
    const { canonicalRequest: _, stringToSign: __, authorization, headers, ...rest } = vector('S05')
    const sent = { ...rest, bodyUtf8: '{}', headers: { ...headers, Authorization: authorization } }
    const { printed } = await explain(sent)
    assert.match(printed, /^S05 {2}invalid: the signature differs; compare the canonical request below/)
    assert.match(printed, /\n {4}11 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n/)
  })

  const REASONS: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    [
      'an unknown algorithm',
      { authorization: 'AWS4-HMAC-SHA256 x' },
      /the Authorization header is refused: the algorithm is not SDK/,
    ],
    [
      'a header that is missing',
      { headers: { 'X-Sdk-Date': '20260521T080000Z' } },
      /the signed header host is not in the request/,
    ],
    [
      'a date that is none',
      { headers: { 'X-Sdk-Date': 'now', Host: 'x' }, date: 'now' },
      /X-Sdk-Date is missing or not of the form/,
    ],
    ['a % that begins nothing', { requestTarget: '/v1/%zz' }, /a % of path or query begins no escape/],
    [
      'a clock that differs',
      { serverTime: '20260521T081501Z' },
      /signed at 20260521T080000Z, more than 15 minutes from 20260521T081501Z/,
    ],
  ]
  for (const [what, changes, says] of REASONS) {
    it(`says so of ${what}`, async () => {
      const { code, printed } = await explain(vector('S01', changes))
      assert.match(printed, says)
      assert.equal(code, 1)
    })
  }

  it('takes the clock of --at before any other', async () => {
    const input = vector('S01', { serverTime: '20260521T083000Z' })
    assert.equal((await explain(input, '--at', '20260521T081500Z')).code, 0)
    assert.equal((await explain(vector('S01'), '--at', '20260521T081501Z')).code, 1)
  })

  it('asks whether a derived key is for what is served, when it is told what is', async () => {
    const served = ['--region', 'cn-north-4', '--service', 'vpc', '--service', 'workspace']
    assert.equal((await explain(vector('S15'), ...served)).code, 0)
    const { printed } = await explain(vector('S15'), '--region', 'local-1', '--service', 'workspace')
    assert.equal(printed, 'S15  invalid: the region cn-north-4 of its credential is not served here\n')
  })

  it('understands text beyond ASCII in headers and targets as the bytes that are sent', async () => {
    const signed = vector('S01', { headers: { ...vector('S01').headers, 'X-Late': '桌面' } })
    assert.equal((await explain(signed)).code, 0)
    const { canonicalRequest: _, stringToSign: __, ...raw } = vector('S01', { requestTarget: '/桌' })
    assert.match((await explain(raw)).printed, /\n {5}2 \/%E6%A1%8C\/\n/)
  })

  it('prints JSON Lines for programs', async () => {
    const wrong = vector('S08', { bodyUtf8: '{}' })
    const { code, printed } = await explain([vector('S01'), wrong], '--output', 'json')
    const [first, second, ...others] = printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual([first.id, first.valid, first.difference], ['S01', true, null])
    assert.equal(first.canonicalRequest, vector('S01').canonicalRequest)
    const { where, line, part } = second.difference
    assert.deepEqual(
      [second.id, second.valid, where, line, part],
      ['S08', false, 'canonical request', 11, 'the hash of the body'],
    )
    assert.equal(others.length, 0)
    assert.equal(code, 1)
  })
})

function otherSignature(id: string): string {
  return vector(id).authorization.replace(/[0-9a-f]{64}$/, '0'.repeat(64))
}

describe('what explain-signature keeps to itself', () => {
  it('is the value of a security token, also where it is what differs', async () => {
    const { canonicalRequest } = vector('S08')
    const wrong = {
      canonicalRequest: canonicalRequest.replace(TOKEN, `${TOKEN}x`),
      authorization: otherSignature('S08'),
    }
    const { printed } = await explain(vector('S08', wrong))
    assert.match(printed, /differs in line 8, the header x-security-token\n/)
    assert.match(printed, /\n {2}expected {2}x-security-token:\*\*\*\n {2}found {5}\(another value, not shown\)\n/)
  })

  it('is a key that the client signed by mistake, wherever it put it', async () => {
    const { canonicalRequest, headers } = vector('S01')
    const claimed = canonicalRequest.replace('app-servers', KEY)
    const sent = { headers: { ...headers, Host: KEY }, canonicalRequest: claimed, authorization: otherSignature('S01') }
    const { printed } = await explain(vector('S01', sent))
    assert.match(printed, /\*\*\*/)
  })

  it('is the text around a mistake of the file', async () => {
    for (const text of [`{"sk":"${KEY}" "x"}`, `{"sk":"${KEY}`, `${KEY}`, '']) {
      const { code, complained, printed } = await explain(text)
      assert.match(complained, /^berth iam explain-signature: standard input: it is not JSON/)
      assert.deepEqual([code, printed], [2, ''])
    }
  })

  it('is no control character of the terminal', async () => {
    const { printed } = await explain(vector('S01', { id: 'a\u001b[2J' }))
    assert.equal(printed, 'a\\x1b[2J  valid\n')
  })
})

describe('input that is bad', () => {
  const folder = mkdtempSync(join(tmpdir(), 'berth-explain-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const BAD: readonly (readonly [unknown, RegExp])[] = [
    [[], /standard input: there is no request in it/],
    ['7', /request 1 is not an object/],
    [[vector('S01'), vector('S02', { sk: undefined })], /request 2 \(S02\): sk is missing/],
    [vector('S01', { sk: { a: 1 } }), /request 1 \(S01\): sk is not text/],
    [vector('S01', { method: '' }), /method is missing/],
    [vector('S01', { requestTarget: undefined }), /requestTarget or url is missing/],
    [vector('S01', { requestTarget: undefined, url: 'x' }), /url is not of the form/],
    [vector('S01', { headers: 'Host: x' }), /headers is not an object/],
    [vector('S01', { headers: { Host: 1 } }), /the header Host is neither text nor a list of texts/],
    [vector('S01', { authorization: undefined }), /neither authorization nor a header of that name/],
    [vector('S01', { serverTime: 'soon' }), /serverTime is not of the form/],
  ]
  for (const [input, says] of BAD) {
    it(`is named and nothing is judged: ${says.source}`, async () => {
      const { code, printed, complained } = await explain(input)
      assert.match(complained, says)
      assert.deepEqual([code, printed], [2, ''])
    })
  }

  const OPTIONS: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /--file FILE is missing/],
    [['--file', '-', '--at', '2026-05-21'], /--at takes a time of the form/],
    [['--file', '-', '--output', 'toString'], /--output takes text or json/],
    [['--file', '-', '--verbose'], /Unknown option '--verbose'/],
    [['--file', join(folder, 'missing.json')], /missing\.json cannot be read: ENOENT/],
    [['--file', folder], /cannot be read: EISDIR/],
  ]
  for (const [args, says] of OPTIONS) {
    it(`can be the options: ${says.source}`, async () => {
      const { code, complained } = await run(JSON.stringify(vector('S01')), args)
      assert.match(complained, says)
      assert.equal(code, 2)
    })
  }

  it('is not a url instead of a target, or a header that is there twice', async () => {
    const { headers } = vector('S01')
    const url = 'https://workspace.cn-north-4.myhuaweicloud.com/v1/0123456789abcdef0123456789abcdef/app-servers#top'
    const input = vector('S01', { requestTarget: undefined, url, headers: { ...headers, 'X-Many': ['a', 'b'] } })
    const file = join(folder, 'one.json')
    writeFileSync(file, JSON.stringify(input))
    assert.equal((await run('', ['--file', file])).code, 0)
  })
})
