import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { secondsAfter } from '#kernel'
import type { TokenClaims } from '../iam/credential/token.ts'
import { createSealer } from '../iam/keys/seal.ts'
import { assertStarted, type BadRequest, openPlace, type Place, send, testRefusals, tokenOf } from './test-requests.ts'

let place: Place
before(async () => {
  place = await openPlace()
})
after(() => place.api[Symbol.asyncDispose]())

const token = (of: (at: Place) => string) => (at: Place) => ({ token: of(at) })
const claiming = (claims: (at: Place) => Partial<TokenClaims>) => token((at) => tokenOf(at, claims(at)))
/** One character in a place of its own changed to another of the alphabet. */
const altered = (index: number) =>
  token((at) => {
    const characters = [...tokenOf(at)]
    characters.splice(index, 1, characters.at(index) === 'A' ? 'B' : 'A')
    return characters.join('')
  })

const UNDECODABLE = /decrypt token fail/

const TOKENS: readonly BadRequest[] = [
  ['a token that is none', 'unauthenticated', token(() => 'garbage'), UNDECODABLE],
  ['a token of 2000 characters', 'unauthenticated', token(() => 'A'.repeat(2000)), UNDECODABLE],
  ['a token changed at its start', 'unauthenticated', altered(0), UNDECODABLE],
  ['a token changed in the middle', 'unauthenticated', altered(40), UNDECODABLE],
  ['a token changed at its end', 'unauthenticated', altered(-3), UNDECODABLE],
  ['a token cut off', 'unauthenticated', token((at) => tokenOf(at).slice(0, -4)), UNDECODABLE],
  ['two tokens in one', 'unauthenticated', token((at) => `${tokenOf(at)}${tokenOf(at)}`), UNDECODABLE],
  ['a token of another installation', 'unauthenticated', token((at) => tokenOf(at, {}, createSealer(randomBytes(32))))],
  ['a token sealed for another purpose', 'unauthenticated', token((at) => tokenOf(at, {}, at.api.keyring.secrets))],
  ['a secret key in place of a token', 'unauthenticated', token(({ api }) => api.world.access_key.secret), UNDECODABLE],
  [
    'an expired token',
    'unauthenticated',
    claiming(() => ({ expiresAt: secondsAfter(new Date(), -1) })),
    /token expires, expires_at: \d{4}-/,
  ],
  [
    'a token from before the password changed',
    'superseded',
    claiming(() => ({ credentialsAt: new Date(-1) })),
    /must be updated/,
  ],
  ['a token of an unknown user', 'userGone', claiming(() => ({ userId: 'nobody' }))],
  ['a token of a disabled user', 'userGone', claiming(({ gone }) => ({ userId: gone.id }))],
  ['a token of the whole account', 'forbidden', claiming(() => ({ projectId: null })), /permission/],
  [
    'a token of another project of the account',
    'forbidden',
    claiming(({ otherProjectId }) => ({ projectId: otherProjectId })),
  ],
  [
    "another account's token",
    'forbidden',
    claiming(({ stranger: { user, project } }) => ({ userId: user.id, projectId: project.id })),
  ],
  ["another account's token for this project", 'forbidden', claiming(({ stranger }) => ({ userId: stranger.user.id }))],
]

describe('a token that does not fit', () => testRefusals(TOKENS, () => place))

describe('the token that all of these spoil', () => {
  it('is accepted', async () => assertStarted(place, await send(place, { token: tokenOf(place) })))
})
