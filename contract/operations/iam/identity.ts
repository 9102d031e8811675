import type { Operation } from '../../operation.ts'
import {
  createAccessKeyV5,
  createCredential,
  deleteAccessKeyV5,
  deleteCredential,
  listAccessKeysV5,
  listCredentials,
  showCredential,
  updateAccessKeyV5,
  updateCredential,
} from './access-key.ts'
import { createAgency, deleteAgency, listAgencies, showAgency, updateAgency } from './agency.ts'
import { createAgencyV5, deleteAgencyV5, listAgenciesV5, showAgencyV5, updateAgencyV5 } from './agency-v5.ts'
import { listAuthDomains, showDomain } from './domain.ts'
import {
  createEnterpriseProject,
  deleteEnterpriseProject,
  listEnterpriseProjects,
  showEnterpriseProject,
  showEnterpriseProjectQuota,
  switchEnterpriseProject,
  updateEnterpriseProject,
} from './enterprise-project.ts'
import { createGroup, deleteGroup, listGroups, showGroup, updateGroup } from './group.ts'
import { createGroupV5, deleteGroupV5, listGroupsV5, showGroupV5, updateGroupV5 } from './group-v5.ts'
import {
  addUserToGroup,
  addUserToGroupV5,
  checkUserInGroup,
  listGroupsOfUser,
  listUsersOfGroup,
  removeUserFromGroup,
  removeUserFromGroupV5,
} from './membership.ts'
import { createProject, listAuthProjects, listProjects, showProject, updateProject } from './project.ts'
import { listRegions } from './region.ts'
import { changePassword, createUser, deleteUser, listUsers, showUser, updateUser } from './user.ts'
import { createUserV5, deleteUserV5, listUsersV5, showUserV5, updateUserV5 } from './user-v5.ts'
import { createUserByAdmin, showUserByAdmin, updateOwnInformation, updateUserByAdmin } from './user-v30.ts'
import { listVersions, showEnterpriseProjectVersion, showVersion } from './version.ts'

/** Who there is: accounts, projects, users, groups, keys, agencies, enterprise projects, and how clients find them. */
export const IDENTITY_OPERATIONS: readonly Operation[] = [
  listVersions,
  showEnterpriseProjectVersion,
  showVersion,
  listRegions,
  listAuthDomains,
  showDomain,
  createProject,
  listAuthProjects,
  listProjects,
  showProject,
  updateProject,
  changePassword,
  createUser,
  deleteUser,
  listUsers,
  showUser,
  updateUser,
  createUserByAdmin,
  showUserByAdmin,
  updateOwnInformation,
  updateUserByAdmin,
  createUserV5,
  deleteUserV5,
  listUsersV5,
  showUserV5,
  updateUserV5,
  createGroup,
  deleteGroup,
  listGroups,
  showGroup,
  updateGroup,
  createGroupV5,
  deleteGroupV5,
  listGroupsV5,
  showGroupV5,
  updateGroupV5,
  addUserToGroup,
  addUserToGroupV5,
  checkUserInGroup,
  listGroupsOfUser,
  listUsersOfGroup,
  removeUserFromGroup,
  removeUserFromGroupV5,
  createAccessKeyV5,
  createCredential,
  deleteAccessKeyV5,
  deleteCredential,
  listAccessKeysV5,
  listCredentials,
  showCredential,
  updateAccessKeyV5,
  updateCredential,
  createAgency,
  deleteAgency,
  listAgencies,
  showAgency,
  updateAgency,
  createAgencyV5,
  deleteAgencyV5,
  listAgenciesV5,
  showAgencyV5,
  updateAgencyV5,
  createEnterpriseProject,
  deleteEnterpriseProject,
  listEnterpriseProjects,
  showEnterpriseProject,
  showEnterpriseProjectQuota,
  switchEnterpriseProject,
  updateEnterpriseProject,
]
