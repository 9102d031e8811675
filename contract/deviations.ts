/** Where our contract says something else than the published one, on purpose. */
export interface Deviation {
  /** `service/Operation`, with `*` for any text. */
  readonly operations: string
  /** Part of the operation, with `*` for any text. */
  readonly at: string
  /** What differs there (contract/published/compare.ts), with `*` for any text. */
  readonly what: string
  readonly reason: string
}

function deviation(operations: string, at: string, what: string, reason: string): Deviation {
  return { operations, at, what, reason }
}

const EVERYWHERE: readonly Deviation[] = [
  deviation('*', 'answers.413', 'extra', 'Bodies have a limit, and what is beyond is answered by the gateway: 0005.'),
  deviation('*', 'answers.405', 'extra', 'Every path says which methods it has.'),
  deviation('*', 'answers.500', 'extra', 'A defect may show anywhere, and is said to.'),
  deviation('*', 'answers.503', 'extra', 'Without its database nothing can be answered.'),
  deviation('*', 'answers.40[013]', 'extra', 'Every call is checked: who calls, whether it may, what it sends.'),
  deviation('*', 'response.*', '+enum', 'An answer says more exactly what it can be.'),
]

const WORKSPACE: readonly Deviation[] = [
  deviation('workspace-app/List*', 'answers.404', 'missing', 'A list of nothing is empty; filters name no resource.'),
  deviation('workspace-app/*', 'response*.host_id', 'missing', 'There are no dedicated hosts.'),
  deviation(
    'workspace-app/*',
    'response*.product_info.*',
    'missing',
    'Of sold packages; the catalogue has no such fact.',
  ),
  deviation(
    'workspace-app/*',
    'response*.job_type',
    'enum',
    'One list for every job: that of the clients, which is longer.',
  ),
  deviation(
    'workspace-app/*',
    'response*.task_status',
    'enum',
    'reboot_started is described and used, and not in the list.',
  ),
  deviation('workspace-app/*', 'response*.freeze[].scene', '-enum', 'Nothing is frozen here: the list is empty.'),
  ...['addresses', 'root_volume', 'data_volumes', 'security_groups'].map((name) =>
    deviation(
      'workspace-app/ShowServer',
      `response.${name}`,
      'missing',
      'Answers what the list answers, as documented.',
    ),
  ),
  deviation('workspace-app/*', 'response*.scaling_policy', 'missing', 'A group without a policy answers none.'),
  deviation('workspace-app/*', 'response.extra_session_type', '-enum', 'Is what was asked for at creation, or empty.'),
  deviation('workspace-app/*', 'response.storage_mount_policy', '-enum', 'Always ANY.'),
  deviation(
    'workspace-app/CreateServerGroup',
    'body.name',
    '*',
    'The same rule in one pattern; blanks are in neither.',
  ),
  deviation(
    'workspace-app/CreateServerGroup',
    'body.route_policy.*',
    'minimum',
    'Terraform sends 0 for what is not set.',
  ),
  deviation(
    'workspace-app/*',
    'body.*tags[].*',
    'pattern',
    'The same characters; a blank at the start is refused too.',
  ),
  deviation('workspace-app/CreateServerGroup', 'body.extra_session_size', '+maximum', 'Every number has a limit.'),
  deviation(
    'workspace-app/ShowJobDetail',
    'response.*.job_resource_info.*',
    'missing',
    'Facts of orders; there are none.',
  ),
  deviation(
    'workspace-app/ListSubJobs',
    'response.items[].error_*',
    'extra',
    'Clients know them here as in ShowJobDetail.',
  ),
]

const TOKEN = 'iam/KeystoneCreateUserTokenByPassword'
const ONE_PATH = 'One path has several published operations (by password, by token, by agency): ours is all of them.'

const IAM: readonly Deviation[] = [
  deviation('iam/*', '*', '+*Length', 'No limit is published; every input has one here.'),
  deviation('iam/*', 'query.*', '+m*imum', 'No limit is published; every page has one here.'),
  deviation('iam/*', '*', '+pattern', 'Published in words, here in a pattern.'),
  deviation('iam/*', 'body.*', '+enum', 'Published in words, here as a list.'),
  deviation('iam/*', 'body.*', 'pattern', 'The same characters, written otherwise.'),
  deviation('iam/*', 'query.*', 'type', 'A boolean in a query is one of the words true and false.'),
  deviation('iam/*', 'answers.404', 'extra', 'What a path or a body names may be gone.'),
  deviation('iam/*', 'answers.409', 'extra', 'A name may be taken, and what is in use is not deleted.'),
  deviation('iam/*', 'answers.4*', 'missing', 'Published in general; there is no such refusal of this operation here.'),
  deviation('iam/Keystone*Version*', 'answers.503', 'missing', 'Answered without the database.'),
  deviation(
    'iam/*',
    'response*.password_expires_at',
    'type',
    'Passwords do not expire: null, as for those that never do.',
  ),
  deviation('iam/*', 'response*.last_project_id', 'missing', 'Of the console; nothing keeps it.'),
  deviation('iam/*', 'response*.pwd_strength', 'missing', 'Only a hash of a password is kept.'),
  deviation('iam/CreateUser', 'response.user.*', 'missing', 'Of other sign-on systems; there are none.'),
  deviation('iam/CreateUser', 'response.user.links', 'extra', 'As every other answer with a user has them.'),
  deviation('iam/*', 'response.token.assumed_by', 'extra', 'Who assumed the agency, as tokens by agency have it.'),
  deviation(TOKEN, 'body.auth.*', '-required', ONE_PATH),
  deviation(TOKEN, 'body.auth.identity.methods*', '*', ONE_PATH),
  deviation(TOKEN, 'body.auth.*', 'extra', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', 'body.auth.identity.methods[]', 'enum', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', 'body.auth.identity.assume_role', 'extra', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', '*.policy.*', 'missing', 'Policies are read by the engine: 0019.'),
  deviation('iam/CreateTemporaryAccessKeyByToken', '*.duration_seconds', '-default', 'Applied by the use case.'),
  deviation(
    'iam/*Custom*Polic*',
    '*.policy',
    'type',
    'Policies are read by the engine, which says what is wrong: 0019.',
  ),
  deviation('iam/*Custom*Polic*', 'response*.flag', 'extra', 'Policies of the system carry it.'),
  deviation('iam/CreatePolicyV5', 'body.policy_document', '-maxLength', 'The limit of the body is smaller.'),
  deviation('iam/GetPolicyV5', 'header.x-language', 'missing', 'There is one language.'),
  deviation('iam/AttachGroupPolicyV5', 'body.group_id', '-*Length', 'What is no id is unknown: 404.'),
  deviation('iam/CreateAccessKeyV5', 'path.user_id', '-pattern', 'What is no id is unknown: 404.'),
  deviation('iam/KeystoneListRegions', '*.locales.*', 'missing', 'A region is named in English and Chinese.'),
  deviation('iam/KeystoneListRegions', '*.parent_region_id', 'type', 'No region is in another one: null.'),
  deviation('iam/KeystoneListAuthDomains', 'response.links.*', 'extra', 'The three links of every list.'),
  deviation(
    'iam/KeystoneListProjects',
    'response.projects[].links.*',
    'missing',
    'A project has itself as its only link.',
  ),
]

const EPS: readonly Deviation[] = [
  deviation('eps/*', '*', '+*', 'No limit is published; every input has one here.'),
  deviation('eps/*', 'answers.*', 'missing', 'The definitions list every status there is; these have no case here.'),
  deviation('eps/ShowApiVersion', 'path*', '*', 'There is one version, and its path is spelt out.'),
  deviation('eps/ShowApiVersion', 'response.version.status', '-enum', 'Always CURRENT.'),
  deviation('eps/*', 'body.*', '-default', 'Applied by the use case.'),
  deviation(
    'eps/EnableEnterpriseProject',
    'body.action',
    'enum',
    'One path has two published operations: ours is both.',
  ),
]

/** Every difference has an entry, and every entry has a difference: `contract/published.test.ts`. */
export const DEVIATIONS: readonly Deviation[] = [...EVERYWHERE, ...WORKSPACE, ...IAM, ...EPS]

/** Whether a text fits a pattern in which `*` is any text and `[abc]` one of these digits. */
export function fits(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+?^${}()|\\]|\[(?!\d)|(?<!\d)\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}$`).test(text)
}
