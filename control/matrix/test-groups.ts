import { newGroup } from '../fleet/test-groups.ts'
import type { Place } from './test-place.ts'
import { inProject } from './test-project.ts'
import type { Row, Rows } from './test-row.ts'

/** A group of the account that no row has touched. */
async function makeServerGroup(place: Place): Promise<string> {
  const body = newGroup(place.api)
  const { id, name } = await place.give<{ id: string; name: string }>('CreateServerGroup', {
    ...inProject(place),
    body,
  })
  place.ours.add(id).add(name)
  return id
}

const POLICY = {
  max_scaling_amount: 4,
  single_expansion_count: 1,
  scaling_policy_by_session: { shrink_after_session_idle_minutes: 30 },
}

async function makeScaledGroup(place: Place): Promise<string> {
  const server_group_id = await makeServerGroup(place)
  await place.give('CreateOrUpdateScalingPolicy', { ...inProject(place), body: { server_group_id, ...POLICY } })
  return server_group_id
}

const ofGroup: Row = {
  ask: (place) => inProject(place, { server_group_id: place.api.world.server_group.id }),
}

const ofScaledGroup: Row = {
  ask: async (place) => ({ ...inProject(place), query: { server_group_id: await makeScaledGroup(place) } }),
}

const tags = [{ key: 'team', value: 'matrix' }]

const taggingOne: Row = {
  ask: async (place) => ({ ...inProject(place, { server_group_id: await makeServerGroup(place) }), body: { tags } }),
}

const taggingSeveral: Row = {
  ask: async (place) => {
    const ids = [await makeServerGroup(place), await makeServerGroup(place)]
    return { ...inProject(place), body: { items: ids.map((server_group_id) => ({ server_group_id, tags })) } }
  },
}

export const SERVER_GROUP_ROWS: Rows = {
  CreateServerGroup: { ask: (place) => ({ ...inProject(place), body: newGroup(place.api, { tags }) }) },
  ListServerGroups: { ask: (place) => inProject(place) },
  ListTenantServerGroups: { ask: (place) => inProject(place) },
  ShowServerGroup: ofGroup,
  UpdateServerGroup: {
    ask: async (place) => ({
      ...inProject(place, { server_group_id: await makeServerGroup(place) }),
      body: { image_id: 'another-image', description: 'changed' },
    }),
  },
  DeleteServerGroups: { ask: async (place) => inProject(place, { server_group_id: await makeServerGroup(place) }) },
  ShowServerGroupState: ofGroup,
  ShowServerGroupRestrict: { ask: (place) => inProject(place) },
  ValidateServerGroup: { ask: (place) => ({ ...inProject(place), body: { name: 'free' } }) },
  CreateServerGroupTags: taggingOne,
  DeleteServerGroupTags: taggingOne,
  BatchCreateServerGroupTags: taggingSeveral,
  BatchDeleteServerGroupTags: taggingSeveral,
  ListServerGroupTag: { ask: (place) => inProject(place) },
  ShowServerGroupTag: ofGroup,
  CreateOrUpdateScalingPolicy: {
    ask: async (place) => ({
      ...inProject(place),
      body: { server_group_id: await makeServerGroup(place), ...POLICY },
    }),
  },
  ShowScalingPolicy: ofScaledGroup,
  DeleteScalingPolicy: ofScaledGroup,
}
