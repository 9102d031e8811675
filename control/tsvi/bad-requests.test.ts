import { after, before, describe, it } from 'node:test'
import { assertStarted, type BadRequest, goodBody, openPlace, type Place, send, testRefusals } from './test-requests.ts'

let place: Place
before(async () => {
  place = await openPlace()
})
after(() => place.api[Symbol.asyncDispose]())

const text = (body: string | Buffer) => () => ({ body })
const bytes = (body: Buffer) => async (at: Place) => ({ body, token: await ownToken(at) })
const typed = (type: string | string[]) => () => ({ headers: { 'Content-Type': type } })
const items = (of: (at: Place) => unknown) => (at: Place) => ({ body: { items: of(at) } })
/** A good item with some members replaced. */
const item = (members: object) => items(({ serverIds: [id] }) => [{ id, enable: true, ...members }])
const ids = (of: (at: Place) => readonly (string | undefined)[]) =>
  items((at) => of(at).map((id) => ({ id, enable: true })))
const at = (of: (place: Place) => string) => (place: Place) => ({ path: of(place) })
const repeated = <T>(value: T, count: number) => Array.from({ length: count }, () => value)

/** Bytes that are no text cannot be signed by our signer, but by a token anything is let in. */
async function ownToken({ api }: Place): Promise<string> {
  const { user, domain, project } = api.world
  const identity = { methods: ['password'], password: { user: { ...user, domain } } }
  const body = { auth: { identity, scope: { project: { id: project.id } } } }
  const answer = await api.call('POST', '/v3/auth/tokens', { body, sign: false })
  return String(answer.headers['x-subject-token'])
}

const TEXTS: readonly BadRequest[] = [
  ['no body', 'empty', () => ({ body: undefined }), /empty/],
  ['an empty body', 'empty', text(''), /BatchUpdateTsvi/],
  ['a body of blanks', 'invalid', text(' \n '), /not valid JSON/],
  ['a body cut off', 'invalid', text('{"items":[{"id":'), /not valid JSON/],
  ['a trailing comma', 'invalid', text('{"items":[],}')],
  ['single quotes', 'invalid', text("{'items':[]}")],
  ['a comment', 'invalid', text('{"items":[]} // all')],
  ['two documents', 'invalid', text('{"items":[]}{"items":[]}')],
  ['a number that is none', 'invalid', text('{"items":NaN}')],
  ['a form', 'invalid', text('items=1')],
  ['a control character in a text', 'invalid', text('{"items":[{"id":"a\nb","enable":true}]}')],
  ['bytes that are no UTF-8', 'invalid', bytes(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), /not valid JSON/],
  ['UTF-16', 'invalid', bytes(Buffer.from('{"items":[]}', 'utf16le')), /not valid JSON/],
  ['a member __proto__', 'invalid', text('{"items":[],"__proto__":{"a":1}}'), /not valid JSON.*forbidden/],
  ['a member __proto__ of an item', 'invalid', text('{"items":[{"id":"a","enable":true,"__proto__":{}}]}')],
  ['a member __proto__ in escapes', 'invalid', text('{"items":[],"\\u005f_proto__":{"a":1}}')],
  ['a member constructor.prototype', 'invalid', text('{"items":[],"constructor":{"prototype":{}}}')],
  ['a repeated member of which the last is empty', 'invalid', text('{"items":[{"id":"a","enable":true}],"items":[]}')],
]

const TYPES: readonly BadRequest[] = [
  ['plain text', 'invalid', typed('text/plain'), /Content-Type 'text\/plain'/],
  ['a form type', 'invalid', typed('application/x-www-form-urlencoded'), /Send application\/json/],
  ['a patch type', 'invalid', typed('application/merge-patch+json')],
  ['a type that only begins like JSON', 'invalid', typed('application/jsonx')],
  ['JSON in Latin-1', 'invalid', typed('application/json; charset=iso-8859-1'), /iso-8859-1/],
  ['JSON in UTF-16', 'invalid', typed('application/json;charset=utf-16')],
  ['a Content-Type that is no type', 'invalid', typed('json'), /Content-Type 'json'/],
  ['an empty Content-Type', 'invalid', typed(''), /Content-Type 'none'/],
  ['a missing Content-Type', 'invalid', typed([]), /Content-Type 'none'/],
  ['a body over the limit', 'bodyTooLarge', () => ({ body: undefined, headers: { 'Content-Length': '1048577' } })],
  ['a header over the limit', 'headersTooLarge', () => ({ headers: { 'X-Long': 'a'.repeat(130 * 1024) } })],
  ['a header over what Node reads', 'headersTooLarge', () => ({ headers: { 'X-Long': 'a'.repeat(190 * 1024) } })],
]

const SHAPES: readonly BadRequest[] = [
  ['null', 'invalid', text('null'), /body must be an object/],
  ['true', 'invalid', text('true')],
  ['a number', 'invalid', text('1')],
  ['a text', 'invalid', text('"items"')],
  ['a bare list', 'invalid', (at) => ({ body: goodBody(at).items }), /body must be an object/],
  ['an empty object', 'invalid', text('{}'), /lacks items/],
  ['a misspelt items', 'invalid', (at) => ({ body: { item: goodBody(at).items } }), /unknown field item;/],
  ['items in capitals', 'invalid', (at) => ({ body: { Items: goodBody(at).items } }), /unknown field Items;/],
  ['a field beside items', 'invalid', (at) => ({ body: { ...goodBody(at), force: true } }), /unknown field force;/],
  ['items null', 'invalid', items(() => null), /items must be an array/],
  ['items as an object', 'invalid', items((at) => ({ 0: goodBody(at).items[0] }))],
  ['items as a text', 'invalid', items(() => 'all')],
  ['no item', 'invalid', items(() => []), /at least 1/],
  ['21 items', 'invalid', ids(() => Array.from({ length: 21 }, (_, n) => `server-${n}`)), /at most 20/],
  ['21 times the same item', 'invalid', ids(({ serverIds: [id] }) => repeated(id, 21)), /at most 20/],
  ['an item null', 'invalid', items(() => [null]), /items\[0\]/],
  ['an item that is a bare id', 'invalid', items(({ serverIds }) => serverIds), /items\[0\] must be an object/],
  ['an item that is a list', 'invalid', items(({ serverIds: [id] }) => [[id, true]])],
  ['an empty item', 'invalid', items(() => [{}]), /items\[0\] lacks id, enable/],
  ['an item without id', 'invalid', item({ id: undefined }), /lacks id/],
  ['an item without enable', 'invalid', item({ enable: undefined }), /lacks enable/],
  ['an item with a field too many', 'invalid', item({ reboot: 'HARD' }), /items\[0\] has the unknown field reboot/],
  ['a bad item after a good one', 'invalid', items((at) => [...goodBody(at).items, { id: 'x' }]), /items\[2\]/],
]

const FIELDS: readonly BadRequest[] = [
  ['an id of no character', 'invalid', item({ id: '' }), /items\[0\]\.id must not be shorter than 1/],
  ['an id of 129 characters', 'invalid', item({ id: 'a'.repeat(129) }), /items\[0\]\.id must not be longer than 128/],
  ['an id that is a number', 'invalid', item({ id: 7 }), /items\[0\]\.id must be a string/],
  ['an id null', 'invalid', item({ id: null })],
  ['an id true', 'invalid', item({ id: true })],
  ['an id that is a list', 'invalid', items(({ serverIds }) => [{ id: serverIds, enable: true }])],
  ['an id that is an object', 'invalid', item({ id: { $ne: '' } })],
  ['an id with a NUL character', 'invalid', item({ id: 'a\u0000b' }), /NUL/],
  ['enable "true"', 'invalid', item({ enable: 'true' }), /items\[0\]\.enable must be a boolean/],
  ['enable 1', 'invalid', item({ enable: 1 })],
  ['enable 0', 'invalid', item({ enable: 0 })],
  ['enable null', 'invalid', item({ enable: null })],
  ['enable ""', 'invalid', item({ enable: '' })],
  ['enable as a list', 'invalid', item({ enable: [true] })],
  ['enable as an object', 'invalid', item({ enable: {} })],
]

const SERVERS: readonly BadRequest[] = [
  ['an unknown server', 'unknownServer', ids(() => ['nowhere']), /server nowhere\. Nothing was started/],
  ['an unknown server of the longest id', 'unknownServer', ids(() => ['n'.repeat(128)])],
  [
    'an unknown server beside own ones',
    'unknownServer',
    ids(({ serverIds }) => [...serverIds, 'nowhere']),
    /nowhere\./,
  ],
  ['an unknown server named twice', 'unknownServer', ids(() => ['nowhere', 'nowhere']), /server nowhere\./],
  ['two unknown servers', 'unknownServer', ids(() => ['nowhere', 'gone']), /server nowhere and 1 more/],
  ["another account's server", 'unknownServer', ids(({ foreign }) => foreign.serverIds), /Not found in this project/],
  [
    "another account's server beside an own one",
    'unknownServer',
    ids(({ serverIds: [own], foreign }) => [own, foreign.serverIds[0]]),
  ],
  ['an own id in capitals', 'unknownServer', ids(({ serverIds: [id = ''] }) => [id.toUpperCase()])],
  ['an own id with a blank', 'unknownServer', ids(({ serverIds: [id] }) => [` ${id}`])],
  ['an id that is a pattern', 'unknownServer', ids(() => ['%'])],
  ['an id that is SQL', 'unknownServer', ids(() => ["' OR 1=1 --"])],
  ['half a surrogate pair', 'unknownServer', text('{"items":[{"id":"\\ud800","enable":true}]}')],
]

const PATHS: readonly BadRequest[] = [
  ['a project id of 129 characters', 'invalid', at(({ path }) => withProject(path, 'p'.repeat(129))), /project_id/],
  ['a project id of 2000 characters', 'invalid', at(({ path }) => withProject(path, 'p'.repeat(2000))), /project_id/],
  ['no project id', 'invalid', at(({ path }) => withProject(path, '')), /project_id must not be shorter/],
  ['a project id with a NUL character', 'invalid', at(({ path }) => withProject(path, '%00')), /NUL/],
  ['an unknown project', 'forbidden', at(({ path }) => withProject(path, 'nowhere')), /permission/],
  ["another account's project", 'forbidden', at(({ path, foreign }) => withProject(path, foreign.projectId))],
  ['an own project id and a blank', 'forbidden', at(({ path }) => path.replace('/app-servers', '%20/app-servers'))],
  ['broken percent signs', 'badHttp', at(({ path }) => withProject(path, '%zz'))],
  ['a slash at the end', 'unknownApi', at(({ path }) => `${path}/`), /PATCH \/v1\//],
  ['a doubled slash', 'unknownApi', at(({ path }) => path.replace('/actions/', '//actions/'))],
  ['an encoded slash', 'unknownApi', at(({ path }) => path.replace('/actions/', '%2Factions/'))],
  ['a dot segment', 'unknownApi', at(({ path }) => path.replace('/actions/', '/./actions/'))],
  ['a way up', 'unknownApi', at(({ path }) => path.replace('/actions/', '/x/../actions/'))],
  ['another version', 'unknownApi', at(({ path }) => path.replace('/v1/', '/v2/'))],
  ['capitals in the action', 'unknownApi', at(({ path }) => path.replace('batch-update', 'Batch-Update'))],
  ['an unknown action', 'unknownApi', at(({ path }) => `${path}-all`)],
  ['a URI over the limit', 'uriTooLarge', at(({ path }) => `${path}?x=${'a'.repeat(33 * 1024)}`), /32768/],
  ['a project id over the limit of a URI', 'uriTooLarge', at(({ path }) => withProject(path, 'p'.repeat(33 * 1024)))],
  ...['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'].map(
    (method): BadRequest => [`the method ${method}`, 'wrongMethod', () => ({ method }), /Use PATCH/],
  ),
]

function withProject(path: string, projectId: string): string {
  return path.replace(/^\/v1\/[^/]+/, `/v1/${projectId}`)
}

describe('a body that is no JSON', () => testRefusals(TEXTS, () => place))
describe('a body of the wrong type or size', () => testRefusals(TYPES, () => place))
describe('a body of the wrong shape', () => testRefusals(SHAPES, () => place))
describe('a field of the wrong kind', () => testRefusals(FIELDS, () => place))
describe('servers that are not the project’s', () => testRefusals(SERVERS, () => place))
describe('a wrong path or method', () => testRefusals(PATHS, () => place))

describe('the request that all of these spoil', () => {
  it('is accepted, a repeated id counting once', async () => {
    const { items } = goodBody(place)
    await assertStarted(place, await send(place, { body: { items: [...items, ...items] } }))
  })
})
