import { Type } from 'typebox'
import { BODY_ERRORS, CALLER_ERRORS, defineOperation } from '../../operation.ts'
import { NoQuery, ProjectParams } from '../field.ts'

const Item = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 128, description: 'Server id.' }),
    enable: Type.Boolean({
      description:
        'Reserved: checked to be a boolean and otherwise unused. What counts is ip_virtual of the server group, where the tenant allows it.',
    }),
  },
  { additionalProperties: false },
)

/** An extension: official clients neither send nor see any of it. */
const DryRun = Type.Object(
  {
    servers: Type.Array(
      Type.Object({
        id: Type.String(),
        name: Type.String(),
        enable: Type.Boolean({ description: 'What will hold: tenant and server group decide.' }),
        notice: Type.String({ description: 'Says so where that is not what was asked for.' }),
        changes: Type.Boolean(),
        reason: Type.String({ description: 'Why it changes, or why nothing has to be done.' }),
        reboots: Type.Boolean(),
        sessions_affected: Type.Integer({ description: 'Sessions that end or lose their address, at the most.' }),
        subnet_id: Type.String(),
        addresses_owned: Type.Integer(),
        addresses_needed: Type.Integer({ description: 'To be claimed beside those it owns.' }),
        addresses_leaving: Type.Integer({ description: 'To be given back once the change has succeeded.' }),
      }),
    ),
    subnets: Type.Array(
      Type.Object({
        id: Type.String(),
        addresses_needed: Type.Integer(),
        addresses_free: Type.Integer(),
        enough: Type.Boolean({ description: 'If not, the sub-jobs of some servers will fail with WKS.00121201.' }),
      }),
    ),
    refused_by: Type.Array(
      Type.Object({ server_id: Type.String(), error_code: Type.String(), error_msg: Type.String() }),
      { description: 'What would refuse the call now; empty when nothing would.' },
    ),
  },
  { 'x-berth': true, description: 'What the call would do. Only with dry_run; nothing was started or written.' },
)

/** `PATCH …/batch-update-tsvi`, contract section 2: the main job. */
export const batchUpdateTsvi = defineOperation({
  id: 'BatchUpdateTsvi',
  module: 'tsvi',
  family: 'workspace',
  method: 'PATCH',
  isRead: 'dry_run',
  path: '/v1/{project_id}/app-servers/actions/batch-update-tsvi',
  summary: 'Bring the virtual session IP configuration of 1 to 20 servers in line with their server groups.',
  authentication: 'caller',
  permission: {
    action: 'workspace:server:batchUpdateTsvi',
    level: 'Write',
    resource: 'server',
    conditionKeys: ['g:ResourceTag/<tag-key>', 'g:EnterpriseProjectId'],
    dependencies: ['vpc:subnets:get', 'vpc:ports:update'],
  },
  params: ProjectParams,
  query: NoQuery,
  body: Type.Object(
    {
      items: Type.Array(Item, { minItems: 1, maxItems: 20, description: 'The servers; a repeated id counts once.' }),
      dry_run: Type.Optional(
        Type.Boolean({ 'x-berth': true, description: 'With true the answer says what would be done, and nothing is.' }),
      ),
    },
    { additionalProperties: false },
  ),
  status: 200,
  response: Type.Object({
    job_id: Type.Optional(Type.String({ description: 'For ShowJobDetail. Always there without dry_run.' })),
    dry_run: Type.Optional(DryRun),
  }),
  errors: [...BODY_ERRORS, ...CALLER_ERRORS, 'tsvi.server_not_found', 'http.method_not_allowed', 'tsvi.server_busy'],
  example: {
    body: {
      items: [
        { id: '3f791197-d166-4c8e-81e4-38c40ffc1989', enable: true },
        { id: '62f48b59-0ebb-4b1e-ad35-f64948a0591b', enable: true },
      ],
    },
    response: { job_id: '575768277444198400' },
  },
})
