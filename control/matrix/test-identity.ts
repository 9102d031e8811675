import { freshName, freshPassword, type Place } from './test-place.ts'
import type { Rows } from './test-row.ts'
import { makeGroup, makeKey, makeMembership, makeUser } from './test-things.ts'

const oneUser = async (place: Place) => ({ params: { user_id: await makeUser(place) } })
const oneGroup = async (place: Place) => ({ params: { group_id: await makeGroup(place) } })
const member = async (place: Place) => ({ params: await makeMembership(place) })

/** Users in three generations, with their passwords. */
const USER_ROWS: Rows = {
  KeystoneUpdateUserPassword: {
    whose: 'oneself',
    ask: (_place, about) => {
      const password = freshPassword()
      const done = () => {
        about.password = password
      }
      return { params: { user_id: about.id }, body: { user: { password, original_password: about.password } }, done }
    },
  },
  KeystoneCreateUser: {
    ask: ({ domainId }) => ({
      body: { user: { name: freshName('user'), domain_id: domainId, password: freshPassword() } },
    }),
  },
  KeystoneDeleteUser: { ask: oneUser },
  KeystoneListUsers: { ask: () => ({}) },
  KeystoneShowUser: { ask: oneUser },
  KeystoneUpdateUserByAdmin: {
    ask: async (place) => ({ ...(await oneUser(place)), body: { user: { password: freshPassword() } } }),
  },
  CreateUser: {
    ask: ({ domainId }) => ({
      body: { user: { name: freshName('user'), domain_id: domainId, password: freshPassword() } },
    }),
  },
  ShowUser: { ask: oneUser },
  UpdateUserInformation: {
    whose: 'oneself',
    ask: (_place, about) => ({ params: { user_id: about.id }, body: { user: { mobile: '0086-123456789' } } }),
  },
  UpdateUser: {
    ask: async (place) => ({ ...(await oneUser(place)), body: { user: { password: freshPassword() } } }),
  },
  CreateUserV5: { ask: () => ({ body: { name: freshName('user'), enabled: true } }) },
  DeleteUserV5: { ask: oneUser },
  ListUsersV5: { ask: () => ({}) },
  ShowUserV5: { ask: oneUser },
  UpdateUserV5: { ask: async (place) => ({ ...(await oneUser(place)), body: { new_description: 'changed' } }) },
}

const GROUP_ROWS: Rows = {
  KeystoneCreateGroup: {
    ask: ({ domainId }) => ({ body: { group: { name: freshName('group'), domain_id: domainId } } }),
  },
  KeystoneDeleteGroup: { ask: oneGroup },
  KeystoneListGroups: { ask: () => ({}) },
  KeystoneShowGroup: { ask: oneGroup },
  KeystoneUpdateGroup: {
    ask: async (place) => ({ ...(await oneGroup(place)), body: { group: { description: 'x' } } }),
  },
  CreateGroupV5: { ask: () => ({ body: { group_name: freshName('group') } }) },
  DeleteGroupV5: { ask: oneGroup },
  ListGroupsV5: { ask: () => ({}) },
  ShowGroupV5: { ask: oneGroup },
  UpdateGroupV5: { ask: async (place) => ({ ...(await oneGroup(place)), body: { new_group_description: 'x' } }) },
  KeystoneAddUserToGroup: {
    ask: async (place) => ({ params: { group_id: await makeGroup(place), user_id: await makeUser(place) } }),
  },
  AddUserToGroupV5: {
    ask: async (place) => ({ ...(await oneGroup(place)), body: { user_id: await makeUser(place) } }),
  },
  KeystoneCheckUserInGroup: { ask: member },
  KeystoneListGroupsForUser: { ask: member },
  KeystoneListUsersForGroupByAdmin: { ask: member },
  KeystoneRemoveUserFromGroup: { ask: member },
  RemoveUserFromGroupV5: {
    ask: async (place) => {
      const { group_id, user_id } = await makeMembership(place)
      return { params: { group_id }, body: { user_id } }
    },
  },
}

const oneKey = async (place: Place) => ({ params: { access_key: (await makeKey(place)).access } })
const oneKeyV5 = async (place: Place) => {
  const { user_id, access } = await makeKey(place)
  return { params: { user_id, access_key_id: access } }
}

const KEY_ROWS: Rows = {
  CreateAccessKeyV5: { ask: oneUser },
  CreatePermanentAccessKey: { ask: async (place) => ({ body: { credential: { user_id: await makeUser(place) } } }) },
  DeleteAccessKeyV5: { ask: oneKeyV5 },
  DeletePermanentAccessKey: { ask: oneKey },
  ListAccessKeysV5: { ask: oneKeyV5 },
  ListPermanentAccessKeys: { ask: async (place) => ({ query: { user_id: (await makeKey(place)).user_id } }) },
  ShowPermanentAccessKey: { ask: oneKey },
  UpdateAccessKeyV5: { ask: async (place) => ({ ...(await oneKeyV5(place)), body: { status: 'inactive' } }) },
  UpdatePermanentAccessKey: {
    ask: async (place) => ({ ...(await oneKey(place)), body: { credential: { status: 'inactive' } } }),
  },
}

/** Users, groups and access keys. */
export const IDENTITY_ROWS: Rows = { ...USER_ROWS, ...GROUP_ROWS, ...KEY_ROWS }
