import { Type } from 'typebox'
import { defineOperation, IAM_CALLER_ERRORS } from '../../operation.ts'
import { Links, Self } from './field.ts'

/** IAM reference, section 1.3: the Node SDK asks when no project has the name of its region. */
export const listRegions = defineOperation({
  id: 'KeystoneListRegions',
  module: 'iam',
  family: 'iam.v3',
  method: 'GET',
  path: '/v3/regions',
  summary: 'List the regions: the one of this installation.',
  authentication: 'caller',
  permission: null,
  params: Type.Object({}),
  query: Type.Object({}),
  body: null,
  status: 200,
  response: Type.Object({
    regions: Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.String(),
        description: Type.String(),
        parent_region_id: Type.Null(),
        locales: Type.Object({ 'zh-cn': Type.String(), 'en-us': Type.String() }),
        links: Self,
      }),
    ),
    links: Links,
  }),
  errors: IAM_CALLER_ERRORS,
})
