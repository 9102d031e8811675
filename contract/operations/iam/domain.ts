import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Id, Links, READ_ERRORS, Self } from './field.ts'

const Domain = Type.Object({
  id: Type.String(),
  name: Type.String(),
  enabled: Type.Boolean(),
  description: Type.String(),
  links: Self,
})

const OWN = {
  module: 'iam',
  family: 'iam.v3',
  method: 'GET',
  authentication: 'caller',
  permission: null,
  query: Type.Object({}),
  body: null,
  status: 200,
} as const

/** IAM reference, section 1.3: how clients learn the account's id. */
export const listAuthDomains = defineOperation({
  ...OWN,
  id: 'KeystoneListAuthDomains',
  path: '/v3/auth/domains',
  summary: 'List the accounts the caller belongs to: its own.',
  params: Type.Object({}),
  response: Type.Object({ domains: Type.Array(Domain), links: Links }),
  errors: IAM_CALLER_ERRORS,
})

export const showDomain = defineOperation({
  ...OWN,
  id: 'KeystoneShowDomain',
  path: '/v3/domains/{domain_id}',
  summary: "Show the caller's account; every other is unknown.",
  params: Type.Object({ domain_id: Id }),
  response: Type.Object({ domain: Domain }),
  errors: READ_ERRORS,
})
