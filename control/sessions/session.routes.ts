import type { Db } from '#db'
import { type Api, serve } from '#http'
import { AppError, type Clock } from '#kernel'
import type { BodyOf } from '../../contract/operation.ts'
import { listAppConnection, listUserConnection } from '../../contract/operations/sessions/connection.ts'
import { listSessionByUserName, listSessions, logoffUserSession } from '../../contract/operations/sessions/session.ts'
import { appConnectionFilter, type SessionFilter, sessionFilter, userConnectionFilter } from './filter.ts'
import { requestLogoff } from './logoff.service.ts'
import { readInstant, readPeriod, readSpan } from './period.ts'
import { renderAppConnection, renderAppSession, renderSession, renderUserConnection } from './render.ts'
import { countSessions, listLiveSessionsOf, listSessionRows, type SessionRow } from './session.view.ts'

export interface SessionDeps {
  readonly db: Db
  readonly clock: Clock
}

const LOGIN = { from: 'body login_start_time', to: 'body login_end_time' }
const BROKERING = { from: 'body brokering_start_time', to: 'body brokering_end_time' }
const QUERY = { from: 'query query_begin_time', to: 'query query_end_time' }

export function readUserConnection(body: BodyOf<typeof listUserConnection>, now: Date): SessionFilter {
  const period = readPeriod({ from: body.login_start_time, to: body.login_end_time }, LOGIN, now)
  const { update_time: since = '' } = body
  return userConnectionFilter(body, period, since === '' ? undefined : readInstant(since, 'body update_time'))
}

export function readAppConnection(body: BodyOf<typeof listAppConnection>, now: Date): SessionFilter {
  const bounds = { from: body.brokering_start_time, to: body.brokering_end_time }
  return appConnectionFilter(body, readPeriod(bounds, BROKERING, now))
}

export function sessionRoutes(api: Api, deps: SessionDeps): void {
  const { db, clock } = deps

  async function pageOf<T>(
    projectId: string,
    filter: SessionFilter,
    { offset = 0, limit = 10 }: { offset?: number; limit?: number },
    render: (row: SessionRow) => T,
  ): Promise<{ count: number; items: T[] }> {
    const [count, rows] = await Promise.all([
      countSessions(db, projectId, filter),
      listSessionRows(db, projectId, filter, { offset, limit }),
    ])
    return { count, items: rows.map(render) }
  }

  serve(api, listSessions, ({ params, query }) => {
    const span = readSpan({ from: query.query_begin_time, to: query.query_end_time }, QUERY)
    return pageOf(params.project_id, sessionFilter(query, span), query, renderSession)
  })

  serve(api, listSessionByUserName, async ({ params, query }) => {
    const rows = await listLiveSessionsOf(db, params.project_id, query.user_name)
    return { session_info_list: rows.map(renderAppSession) }
  })

  serve(api, logoffUserSession, async ({ params, body }) => {
    const { session_ids: sessionIds, delay_time, message_type, title = '', message = '', transaction_id = '' } = body
    if (sessionIds === undefined) {
      throw new AppError('http.invalid', { where: 'body', detail: 'lacks session_ids: name the sessions to end' })
    }
    const notice = { messageType: message_type, title, message, transactionId: transaction_id }
    await requestLogoff(deps, { projectId: params.project_id, sessionIds, delaySeconds: delay_time, ...notice })
  })

  serve(api, listUserConnection, ({ params, query, body }) =>
    pageOf(params.project_id, readUserConnection(body, clock.now()), query, renderUserConnection),
  )

  serve(api, listAppConnection, ({ params, query, body }) =>
    pageOf(params.project_id, readAppConnection(body, clock.now()), query, renderAppConnection),
  )
}
