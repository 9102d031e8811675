import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Principal } from '#http'
import { PERMANENT_KEY, userPrincipal } from '../principal.ts'
import { isFreeToSelf, isSelf, requireOwnDomain, requireSelf } from './self.ts'
import { orSelf } from './user.routes.ts'
import { refuseForeignOwner } from './user.service.ts'
import type { UserRow } from './user.store.ts'

const ANN = {
  userId: 'ann',
  userName: 'Ann',
  isOwner: false,
  passwordHash: null,
  accessMode: 'default' as const,
  domainId: 'account',
  domainName: 'Account',
  enabled: true,
  credentialsAt: new Date(0),
}
const ann = userPrincipal(ANN, PERMANENT_KEY)
const narrowed = { ...ann, sessionPolicy: '{}' }
const agency = { ...ann, kind: 'agency' as const }
const row = (id: string, is_owner: boolean): UserRow => ({
  id,
  is_owner,
  domain_id: 'account',
  name: id,
  enabled: true,
  description: '',
  email: '',
  areacode: '',
  phone: '',
  access_mode: 'default',
  tags: [],
  password_reset: false,
  xuser_id: '',
  xuser_type: '',
  created_at: new Date(0),
})

describe('the caller itself', () => {
  it('is a user of that id, and no agency that happens to have it', () => {
    assert.deepEqual([isSelf(ann, 'ann'), isSelf(ann, 'bob'), isSelf(agency, 'ann')], [true, false, false])
  })

  it('may do to itself what needs no permission, but not with a credential that is narrowed', () => {
    assert.deepEqual([isFreeToSelf(ann, 'ann'), isFreeToSelf(narrowed, 'ann')], [true, false])
    const isOwn = (principal: Principal) => orSelf(principal, row('ann', false)).map((each) => each.isOwn)
    assert.deepEqual([isOwn(ann), isOwn(narrowed), isOwn(agency)], [[true], [false], [false]])
    assert.doesNotThrow(() => requireSelf(ann, 'ann'))
    for (const other of [narrowed, agency]) assert.throws(() => requireSelf(other, 'ann'), /not authorized/)
  })

  it('may name its own account, or none', () => {
    for (const own of [undefined, '', 'account']) assert.doesNotThrow(() => requireOwnDomain(ann, own))
    assert.throws(() => requireOwnDomain(ann, 'other'), /Could not find domain: other/)
  })
})

describe('who may manage users', () => {
  it('does not become the owner by giving it a password or a key: nobody else changes it', () => {
    assert.throws(() => refuseForeignOwner(ann, row('owner', true)), /Nobody but the owner/)
    assert.doesNotThrow(() => refuseForeignOwner(ann, row('bob', false)))
    assert.doesNotThrow(() => refuseForeignOwner({ ...ann, userId: 'owner' }, row('owner', true)))
  })
})
