/** The enterprise project that is always there; it has no row. */
export const DEFAULT_ENTERPRISE_PROJECT = '0'
export const DEFAULT_ENTERPRISE_PROJECT_NAME = 'default'

export interface EnterpriseProject {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly type: string
  /** 1 enabled, 2 disabled. */
  readonly status: number
  readonly created_at: Date
  readonly updated_at: Date
}

/** As old as the account it belongs to. */
export function defaultEnterpriseProject(accountCreatedAt: Date): EnterpriseProject {
  return {
    id: DEFAULT_ENTERPRISE_PROJECT,
    name: DEFAULT_ENTERPRISE_PROJECT_NAME,
    description: '',
    type: 'prod',
    status: 1,
    created_at: accountCreatedAt,
    updated_at: accountCreatedAt,
  }
}

export interface EnterpriseProjectQuery {
  readonly id?: string
  /** A part of the name. */
  readonly name?: string
  readonly status?: number
  readonly type?: string
  readonly sort_key?: 'created_at' | 'updated_at'
  readonly sort_dir?: 'asc' | 'desc'
  readonly limit?: number
  readonly offset?: number
}

export interface EnterpriseProjectPage {
  readonly items: readonly EnterpriseProject[]
  /** Of all that match, on whatever page. */
  readonly total: number
}

/** Filters, sorts and cuts; the quota keeps what there is of an account small enough for that. */
export function selectEnterpriseProjects(
  all: readonly EnterpriseProject[],
  query: EnterpriseProjectQuery,
): EnterpriseProjectPage {
  const { sort_key = 'created_at', sort_dir = 'desc', limit = 1000, offset = 0 } = query
  const matching = all.filter(
    ({ id, name, status, type }) =>
      (query.id === undefined || id === query.id) &&
      (query.name === undefined || name.includes(query.name)) &&
      (query.status === undefined || status === query.status) &&
      (query.type === undefined || type === query.type),
  )
  const direction = sort_dir === 'asc' ? 1 : -1
  const sorted = matching.toSorted(
    (a, b) => direction * (a[sort_key].getTime() - b[sort_key].getTime() || (a.id < b.id ? -1 : 1)),
  )
  return { items: sorted.slice(offset, offset + limit), total: matching.length }
}
