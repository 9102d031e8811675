import { freshName, type Place } from './test-place.ts'
import type { Rows } from './test-row.ts'
import { makeAgency, makeEnterpriseProject, makeTrustAgency, trustPolicyOf } from './test-things.ts'

const oneAgency = async (place: Place) => ({ params: { agency_id: await makeAgency(place) } })
const oneTrustAgency = async (place: Place) => ({ params: { agency_id: await makeTrustAgency(place) } })
const oneEnterpriseProject = async (place: Place) => ({
  params: { enterprise_project_id: await makeEnterpriseProject(place) },
})

/** How clients find an account, its projects, agencies and enterprise projects. */
export const ACCOUNT_ROWS: Rows = {
  KeystoneListVersions: { ask: () => ({}) },
  ShowApiVersion: { ask: () => ({}) },
  KeystoneShowVersion: { ask: () => ({}) },
  KeystoneListRegions: { whose: 'anybody', ask: () => ({}) },
  KeystoneListAuthDomains: { whose: 'anybody', ask: () => ({}) },
  KeystoneShowDomain: { whose: 'anybody', ask: ({ domainId }) => ({ params: { domain_id: domainId } }) },
  KeystoneCreateProject: { ask: () => ({ body: { project: { name: `local-1_${freshName('project')}` } } }) },
  KeystoneListAuthProjects: { whose: 'anybody', ask: () => ({}) },
  KeystoneListProjects: { whose: 'anybody', ask: () => ({}) },
  KeystoneShowProject: { whose: 'anybody', ask: ({ projectId }) => ({ params: { project_id: projectId } }) },
  KeystoneUpdateProject: {
    ask: ({ projectId }) => ({ params: { project_id: projectId }, body: { project: { description: 'changed' } } }),
  },
  CreateAgency: {
    ask: ({ domainId, otherAccount }) => {
      const agency = { name: freshName('agency'), domain_id: domainId, trust_domain_id: otherAccount.domain.id }
      return { body: { agency } }
    },
  },
  DeleteAgency: { ask: oneAgency },
  // an account that is not the caller's is a filter that nothing passes
  ListAgencies: { elsewhere: 200, ask: ({ domainId }) => ({ query: { domain_id: domainId } }) },
  ShowAgency: { ask: oneAgency },
  UpdateAgency: { ask: async (place) => ({ ...(await oneAgency(place)), body: { agency: { description: 'x' } } }) },
  CreateAgencyV5: {
    ask: (place) => ({ body: { agency_name: freshName('agency'), trust_policy: trustPolicyOf(place) } }),
  },
  DeleteAgencyV5: { ask: oneTrustAgency },
  ListAgenciesV5: { ask: () => ({}) },
  GetAgencyV5: { ask: oneTrustAgency },
  UpdateAgencyV5: { ask: async (place) => ({ ...(await oneTrustAgency(place)), body: { description: 'x' } }) },
  CreateEnterpriseProject: { ask: () => ({ body: { name: freshName('ep') } }) },
  DeleteEnterpriseProject: { ask: oneEnterpriseProject },
  ListEnterpriseProject: { ask: () => ({}) },
  ShowEnterpriseProject: { ask: oneEnterpriseProject },
  ShowEnterpriseProjectQuota: { whose: 'anybody', ask: () => ({}) },
  EnableEnterpriseProject: {
    ask: async (place) => ({ ...(await oneEnterpriseProject(place)), body: { action: 'enable' } }),
  },
  UpdateEnterpriseProject: {
    ask: async (place) => ({ ...(await oneEnterpriseProject(place)), body: { name: freshName('ep') } }),
  },
}
