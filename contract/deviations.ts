import type { Difference } from './published/compare.ts'

/** Where our contract says something else than the published one, on purpose. */
export interface Deviation {
  /** `service/Operation`, with `*` for any text. */
  readonly operations: string
  /** Part of the operation, with `*` for any text. */
  readonly at: string
  /** What differs there (contract/published/compare.ts), with `*` for any text of a limit. */
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

const APP = 'workspace-app/*'

/** `workspace-app/` before each. */
function ofApp(operations: string | readonly string[], at: string, what: string, reason: string): readonly Deviation[] {
  return [operations].flat().map((one) => deviation(`workspace-app/${one}`, at, what, reason))
}

const WORKSPACE: readonly Deviation[] = [
  deviation(APP, 'response*.host_id', 'missing', 'There are no dedicated hosts.'),
  deviation(APP, 'response*.product_info.*', 'missing', 'Of sold packages; the catalogue has no such fact.'),
  ...ofApp('ListProduct', 'response.products[].*', 'missing', 'Of sold packages; the catalogue has no such fact.'),
  ...ofApp('CreateServerGroup', 'response.product_info.series_type', 'extra', 'As every other answer with a package.'),
  deviation('workspace/UpdateTenantConfig', 'response', 'missing', 'No answer is published; ours is empty.'),
]

const SERVERS: readonly Deviation[] = [
  deviation(APP, 'response*.job_type', 'enum', 'One list for every job: that of the clients, which is longer.'),
  deviation(APP, 'response*.task_status', 'enum', 'reboot_started is described and used, and not in the list.'),
  deviation(APP, 'response*.freeze[].scene', '-enum', 'Nothing is frozen here: the list is empty.'),
  deviation(APP, 'body.*tags[].*', 'pattern', 'The same characters; a blank at the start is refused too.'),
  ...ofApp('*Server*', 'answers.409', 'extra', 'A busy server is a conflict everywhere: 0034.'),
  ...ofApp('ShowServer', 'response.*_volume*.*', 'missing', 'Of a disk its kind and size are known.'),
  ...ofApp('UpdateServer', 'body.name', '*', 'The same rule in one pattern; blanks are in neither.'),
  ...ofApp(
    'BatchChangeServerMaintainMode',
    'body.maintain_status',
    'type',
    'The published example sends the text: both are taken.',
  ),
  ...ofApp('CreateAppServers', 'response.order_id', 'missing', 'Nothing is ordered: every answer has a job.'),
  ...ofApp(
    ['BatchRebootServer', 'BatchStopServer'],
    'body.type',
    '-default',
    'Required, so that a default never applies.',
  ),
  ...ofApp('Batch*', 'body.server_ids', '+uniqueItems', 'A server named twice is a mistake, and is said to be one.'),
  ...ofApp(
    ['BatchReinstallServer', 'BatchChangeServerImage'],
    'answers.404',
    'missing',
    'Each server has a result of its own, an unknown one too.',
  ),
  ...ofApp('*ChangeServerImage', 'body.image*_id', '*', 'The same lengths in a pattern, which takes no blanks.'),
  ...ofApp('BatchRejoinDomain', 'answers.409', 'missing', 'Always refused, before anything can conflict.'),
  ...['namespace', 'filter'].flatMap((name) =>
    ofApp('ListServerMetricData', `query.${name}`, 'enum', 'Required, so that an empty word asks for nothing.'),
  ),
  ...['from', 'to'].flatMap((name) =>
    ofApp('ListServerMetricData', `query.${name}`, '*', 'Published in words: milliseconds, here in digits.'),
  ),
  ...ofApp('ListServerMetricData', 'query.period', '+enum', 'Published in words: six periods.'),
]

const LISTS: readonly Deviation[] = [
  ...ofApp('List*', 'answers.404', 'missing', 'A list of nothing is empty; filters name no resource.'),
  ...ofApp('List*', 'answers.409', 'missing', 'Reading conflicts with nothing.'),
  ...ofApp('Count*', 'answers.404', 'missing', 'There are none of what is not there: 0.'),
  ...ofApp('Export*', 'answers.404', 'missing', 'A filter that finds nothing makes a file without lines.'),
  ...ofApp('Delete*', 'answers.404', 'missing', 'What is gone already is deleted: success.'),
  ...ofApp('BatchDeleteAppSubJobs', 'answers.404', 'missing', 'Ids that are not there are passed over.'),
  ...ofApp(['CountSubJobs'], 'query.job_type', '+pattern', 'Published in words: types, with commas between them.'),
  ...ofApp(
    ['ListSessions', 'ExportSessions'],
    '*.session_state',
    '+pattern',
    'Published in words: states, with commas between them.',
  ),
]

const JOBS: readonly Deviation[] = [
  ...ofApp('ShowJobDetail', 'response.*.job_resource_info.*', 'missing', 'Facts of orders; there are none.'),
  ...ofApp('ListSubJobs', 'response.items[].error_*', 'extra', 'Clients know them here as in ShowJobDetail.'),
  ...ofApp('ShowJob', 'response.job*.expected_end_time', 'missing', 'No end is foretold.'),
  ...ofApp(
    'ShowJob',
    'response.job.sub_jobs[].entities[].*',
    'missing',
    'Facts of orders; of a server its id and its name are told.',
  ),
]

const GROUPS: readonly Deviation[] = [
  ...ofApp('*ServerGroup', 'body.name', '*', 'The same rule in one pattern; blanks are in neither.'),
  ...ofApp('*ServerGroup', 'body.route_policy.*', 'minimum', 'Terraform sends 0 for what is not set.'),
  ...ofApp('CreateServerGroup', 'body.extra_session_size', '+maximum', 'Every number has a limit.'),
  ...ofApp('ListServerGroups', 'query.*', '+maxLength', 'Every text has a limit.'),
  deviation(
    APP,
    'response*.scaling_policy.scaling_policy_by_resource',
    'extra',
    'The policy is shown as it was set, with its thresholds.',
  ),
  ...ofApp('DeleteServerGroupTags', 'body.tags', '+required', 'Published in words: what to delete has to be said.'),
  ...ofApp('BatchDeleteServerGroupTags', 'body.items[].tags', '+required', 'As for one group.'),
  ...ofApp('*DeleteServerGroupTags', 'body*tags[].*', '-pattern', 'Published in words: characters are not checked.'),
  ...ofApp('*DeleteServerGroupTags', 'body*tags[].*', '+m*Length', 'Every text has a limit; no key is empty.'),
  ...ofApp(
    ['BatchCreateServerGroupTags', 'BatchDeleteServerGroupTags'],
    'body.items[].server_group_id',
    '+required',
    'Tags of no group mean nothing.',
  ),
  ...ofApp('ShowServerGroupTag', 'response.sys_tags', 'missing', 'Shown to callers inside the cloud only.'),
]

const TENANT: readonly Deviation[] = [
  ...ofApp('CheckQuota', 'answers.404', 'missing', 'An unknown package is a 400.'),
  ...ofApp('CheckQuota', 'query.is_period', 'type', 'A boolean in a query is one of the words true and false.'),
  ...ofApp('CreateOrder', 'answers.404', 'missing', 'Nothing is looked up for what is refused.'),
  ...['service_id', 'volumes'].flatMap((name) =>
    ofApp('CreateOrder', `body.resources[].add_volumes.${name}`, '+required', 'Disks of no server mean nothing.'),
  ),
  ...ofApp(
    'CreateOrder',
    'body.resources[].create_services.subscription_num',
    'extra',
    'Listed as mandatory there, and described in the resource around it only.',
  ),
  ...['+enum', '-maxLength'].flatMap((what) =>
    ofApp('InitializeTenant', 'body.service_status', what, 'One of two words.'),
  ),
]

const NO_CLIENT = 'Of the client program; an agent sees the session, and not what shows it.'
const NO_APPS = 'There are no published applications here.'
const NO_GATEWAY = 'There is no gateway between users and hosts.'

const SESSIONS: readonly Deviation[] = [
  ...ofApp('ListSession*', 'answers.415', 'missing', 'It has no body: 0002.'),
  ...ofApp('*', 'body.*_time', '-format', 'Taken with a blank and without a zone too.'),
  ...ofApp('*', 'body.*_time', '+maxLength', 'Every text has a limit.'),
  ...['client_mac', 'client_name', 'client_type', 'client_version', 'protocol_type'].flatMap((name) =>
    ofApp('List*', `response.*[].${name}`, 'missing', NO_CLIENT),
  ),
  ...['app_name', 'app_id', 'app_group_*'].flatMap((name) =>
    ofApp('List*', `response.*[].${name}`, 'missing', NO_APPS),
  ),
  ...['public_ip', 'wi_ip'].flatMap((name) => ofApp('List*', `response.*[].${name}`, 'missing', NO_GATEWAY)),
  ...ofApp('List*', 'response.*[].pre_conn_time', 'missing', 'Sessions begin when they begin: none is prepared.'),
  ...ofApp('ListSession*', 'response.*[].session_stamp', 'missing', 'What it holds is not published.'),
  ...ofApp(
    'ListSession*',
    'response.*[].status_continue_time',
    'missing',
    'Its unit is not published; last_update_status_time says since when.',
  ),
  ...ofApp('ListAppConnection', 'response.items[].transaction_id', 'missing', 'No broker hands out connections.'),
  ...ofApp('LogoffUserSession', 'answers.409', 'extra', 'An agent may be too old to be told.'),
  ...ofApp(
    ['ExportSessions', 'ExportUserConnection', 'ExportAppConnection'],
    'answers.409',
    'extra',
    'A project has so many files at a time and no more.',
  ),
  ...ofApp('ListAppConnection', 'response.items[].aps_host_id', 'missing', 'There are no dedicated hosts.'),
]

const TRUE_OR_FALSE = 'A boolean in a query is one of the words true and false.'
const TOKEN = 'iam/KeystoneCreateUserTokenByPassword'
const ONE_PATH = 'One path has several published operations (by password, by token, by agency): ours is all of them.'

const IAM: readonly Deviation[] = [
  deviation('iam/*', '*', '+*Length', 'No limit is published; every input has one here.'),
  deviation('iam/*', 'query.*', '+m*imum', 'No limit is published; every page has one here.'),
  deviation('iam/*', '*', '+pattern', 'Published in words, here in a pattern.'),
  deviation('iam/CreateCloudServiceCustomPolicy', 'body.role.type', '+enum', 'Published in words, here as a list.'),
  deviation('iam/CreateUser', 'body.user.access_mode', '+enum', 'Published in words, here as a list.'),
  deviation('iam/*', 'body.*', 'pattern', 'The same characters, written otherwise.'),
  deviation('iam/KeystoneListProjects', 'query.enabled', 'type', TRUE_OR_FALSE),
  deviation('iam/KeystoneListProjects', 'query.is_domain', 'type', TRUE_OR_FALSE),
  deviation('iam/KeystoneListUsers', 'query.enabled', 'type', TRUE_OR_FALSE),
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
  ...[
    'scope',
    'identity.password',
    'identity.password.user.name',
    'identity.password.user.domain',
    'identity.password.user.domain.name',
  ].map((name) => deviation(TOKEN, `body.auth.${name}`, '-required', ONE_PATH)),
  deviation(TOKEN, 'body.auth.identity.methods', 'maxItems', ONE_PATH),
  deviation(TOKEN, 'body.auth.identity.methods[]', '-enum', ONE_PATH),
  deviation(TOKEN, 'body.auth.*', 'extra', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', 'body.auth.identity.methods[]', 'enum', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', 'body.auth.identity.assume_role', 'extra', ONE_PATH),
  deviation('iam/CreateTemporaryAccessKeyByToken', '*.policy.*', 'missing', 'Policies are read by the engine: 0019.'),
  deviation('iam/CreateTemporaryAccessKeyByToken', '*.duration_seconds', '-default', 'Applied by the use case.'),
  deviation(
    'iam/*Custom*Polic*',
    'response*.policy',
    'type',
    'Policies are read by the engine, which says what is wrong: 0019.',
  ),
  deviation(
    'iam/CreateCloudServiceCustomPolicy',
    'body.role.policy',
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
  deviation('eps/*', '*', '+*Length', 'No limit is published; every input has one here.'),
  deviation('eps/*', 'query.*', '+m*imum', 'No limit is published; every page has one here.'),
  deviation('eps/*', 'query.*', '+default', 'Published in words.'),
  deviation('eps/*', 'body.name', '+pattern', 'Published in words, here in a pattern.'),
  deviation('eps/CreateEnterpriseProject', 'body.type', '+enum', 'Published in words, here as a list.'),
  deviation('eps/UpdateEnterpriseProject', 'body.type', '+enum', 'Published in words, here as a list.'),
  deviation('eps/*', 'answers.*', 'missing', 'The definitions list every status there is; these have no case here.'),
  deviation('eps/ShowApiVersion', 'path', 'path', 'There is one version, and its path is spelt out.'),
  deviation('eps/ShowApiVersion', 'path.api_version', 'missing', 'There is one version, and its path is spelt out.'),
  deviation('eps/ShowApiVersion', 'response.version.status', '-enum', 'Always CURRENT.'),
  deviation('eps/*', 'body.*', '-default', 'Applied by the use case.'),
  deviation(
    'eps/EnableEnterpriseProject',
    'body.action',
    'enum',
    'One path has two published operations: ours is both.',
  ),
]

const VPC: readonly Deviation[] = [
  deviation('vpc/*', '*', '+*Length', 'No limit is published; every input has one here.'),
  deviation('vpc/*', '*', '+*Items', 'No limit is published; every list has one here.'),
  deviation('vpc/*', '*', '+m*imum', 'No limit is published; every number has one here.'),
  deviation('vpc/*', 'body.*', '+pattern', 'Published in words, here in a pattern.'),
  deviation('vpc/*', 'body.*', '+format', 'An address is IPv4.'),
  deviation('vpc/*', '*', '-pattern', 'What is no id names nothing, and is answered like that.'),
  deviation('vpc/List*', 'answers.*', 'missing', 'A list of nothing is empty, and conflicts with nothing.'),
  deviation('vpc/*', 'response*_v6', 'missing', 'There is no IPv6.'),
  deviation('vpc/*', 'response*.ipv6_bandwidth_id', 'missing', 'There is no IPv6.'),
  deviation('vpc/CreateVpc', 'body.vpc.cidr', '+required', 'A VPC of no block has no addresses to give.'),
  deviation('vpc/CreateVpc', 'body.vpc.block_service_endpoint_states', '+enum', 'There are no service endpoints.'),
  deviation('vpc/CreateSubnet', 'body.subnet.dhcp_enable', '+default', 'Published in words.'),
  deviation('vpc/CreateSubnet', 'body.subnet.ipv6_enable', '+enum', 'There is no IPv6.'),
  deviation('vpc/CreateSubnet', 'body.subnet.extra_dhcp_opts[].opt_name', 'enum', 'Terraform sends two more.'),
  deviation('vpc/*', 'response*.extra_dhcp_opts[].opt_name', 'enum', 'Terraform sends two more.'),
  deviation(
    'vpc/CreatePort',
    'body.port.extra_dhcp_opts[]',
    'type',
    'Has to be empty: a port has no such options here.',
  ),
  deviation('vpc/CreatePort', 'body.port.*_address', '*maxLength', 'As long as an address is.'),
  deviation('vpc/CreatePort', 'body.port.admin_state_up', '+enum', 'Published in words: only true.'),
  deviation('vpc/CreatePort', 'body.port.device_owner', '+enum', 'Published in words: none, or a VIP port.'),
  deviation('vpc/CreatePort', 'response.port.binding:vif_details.*', 'missing', 'Of the hypervisors of the cloud.'),
  deviation('vpc/*', 'response*.device_owner', '-enum', 'Owners here are others: compute:nova, VIP ports, or none.'),
]

/** Limits of a value: of these, and of nothing else, an entry may mean several with `*`. */
const LIMIT = /^[+-]?(pattern|(min|max)\w+)$/

/** What a client may trip over: of a request, what it has to be, or that it has to be there. */
const TRIP = /^[+-]required$|^type$|^[+]?enum$/

/** Whether an entry is the reason for a difference. What a client may trip over needs one that says it letter by letter. */
export function explains(one: Deviation, key: string, { at, what }: Difference): boolean {
  if (TRIP.test(what) && !at.startsWith('response')) return one.operations === key && one.at === at && one.what === what
  const isMeant = one.what === what || (LIMIT.test(what) && fits(one.what, what))
  return isMeant && fits(one.operations, key) && fits(one.at, at)
}

/** Every difference has an entry, and every entry has a difference: `contract/published.test.ts`. */
export const DEVIATIONS: readonly Deviation[] = [
  ...EVERYWHERE,
  ...WORKSPACE,
  ...SERVERS,
  ...LISTS,
  ...JOBS,
  ...GROUPS,
  ...TENANT,
  ...SESSIONS,
  ...IAM,
  ...EPS,
  ...VPC,
]

/** Whether a text fits a pattern in which `*` is any text and `[abc]` one of these digits. */
function fits(pattern: string, text: string): boolean {
  const source = pattern.replace(/[.+?^${}()|\\]|\[(?!\d)|(?<!\d)\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}$`).test(text)
}
