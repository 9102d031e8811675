import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RawRequest } from '#http'
import type { Origin } from './credential/origin.ts'
import { provenOf } from './credential/subject.ts'
import { GLOBAL_SERVICES } from './policy/index.ts'
import { PERMANENT_KEY } from './principal.ts'
import { requestValues } from './request-context.ts'
import { resourceUrn } from './resource-urn.ts'

const NOW = new Date('2026-05-21T08:00:00Z')
const USER = {
  ...{ userId: 'ann', userName: 'Ann', isOwner: false, passwordHash: null, domainId: 'home', domainName: 'home' },
  ...{ enabled: true, credentialsAt: NOW, accessMode: 'default' as const },
}
const AGENCY = {
  ...{ agencyId: 'desk', agencyName: 'helpdesk', domainId: 'partner', domainName: 'partner', enabled: true },
  ...{ trustDomainId: 'home', endsAt: null, maxSessionSeconds: 3600, path: '', hasTrustPolicy: false },
}
const REQUEST: RawRequest = {
  ...{ method: 'GET', requestTarget: '/', rawHeaders: [], body: Buffer.alloc(0) },
  ...{ sourceIp: '192.0.2.1', isSecure: true },
}

function idIn(assumed: Origin['assumed']): unknown {
  const origin = { userId: 'ann', assumed, credentialsAt: NOW, tokenIds: [] }
  const principal = provenOf({ user: USER, agency: assumed && AGENCY }, origin, PERMANENT_KEY, null)
  return requestValues(principal, [], REQUEST, { region: 'local-1', now: NOW })['g:PrincipalId']
}

describe('g:PrincipalId', () => {
  it('is the id of a user', () => assert.equal(idIn(null), 'ann'))

  it('of a session of an agency says which session, as /v5/caller-identity does', () => {
    assert.equal(idIn({ agencyId: 'desk', sessionName: 'night' }), 'desk:night')
  })
})

describe('a resource of a service that grants for global services reach', () => {
  it('has a URN without a region', () => {
    const resource = { type: 'user', id: 'x', tags: [], enterpriseProjectId: null } as const
    for (const service of GLOBAL_SERVICES) {
      const check = { action: `${service}:users:get`, resource, projectId: null }
      assert.equal(resourceUrn('local-1', 'home', check), `${service}::home:user:x`)
    }
  })
})
