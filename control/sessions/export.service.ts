import { randomBytes } from 'node:crypto'
import type { Db } from '#db'
import type { Queue, Work } from '#jobs'
import { AppError, type Clock, secondsAfter } from '#kernel'
import type { ExportKind } from '../../contract/operations/sessions/export.ts'
import { type Cell, renderHead, renderLines } from './csv.ts'
import {
  appendPart,
  type BegunExport,
  beginExport,
  countExports,
  deleteExportsBefore,
  findExport,
  finishExport,
  insertExport,
  readParts,
} from './export.store.ts'
import type { SessionFilter } from './filter.ts'
import { renderAppConnection, renderSession, renderUserConnection } from './render.ts'
import { listSessionRowsAfter, type SessionRow } from './session.view.ts'

export interface ExportDeps {
  readonly db: Db
  readonly clock: Clock
  readonly queue: Pick<Queue, 'enqueue'>
}

export const writeExportWork: Work = {
  name: 'sessions.write_export',
  retryLimit: 5,
  expireInSeconds: 120,
  isOneAtATime: true,
}

/** What a file may be, and how many records are read at once. Whoever needs more asks for less time at once. */
export interface Most {
  readonly records: number
  readonly bytes: number
  readonly page: number
}

/** So many lines are some 30 MB. */
const MOST: Most = { records: 100_000, bytes: 64 * 1024 * 1024, page: 1000 }

const KEPT_SECONDS = 86_400

/** Of one project: that wait to be written, so that others have their turn, and in all. */
const MOST_RUNNING = 5
const MOST_KEPT = 100

const SESSION_COLUMNS = [
  'id',
  'login_user',
  'session_state',
  'start_time',
  'end_time',
  'last_update_status_time',
  'virtual_ip',
  'client_ip',
  'vm_ip',
  'machine_name',
  'app_server_group_id',
  'app_server_group_name',
  'session_type',
  'os_session_id',
  'agent_version',
  'failed_code',
  'failed_reason',
]
const USER_COLUMNS = [
  'id',
  'user_name',
  'start_time',
  'end_time',
  'virtual_ip',
  'client_ip',
  'vm_ip',
  'machine_name',
  'connect_type',
  'agent_version',
  'failed_code',
  'failed_reason',
]
const APP_COLUMNS = [
  'id',
  'user_name',
  'brokering_time',
  'end_time',
  'virtual_ip',
  'client_ip',
  'vm_ip',
  'machine_name',
  'aps_instance_id',
  'agent_version',
  'failed_code',
  'connection_failure_reason',
]

interface Form {
  readonly columns: readonly string[]
  readonly render: (row: SessionRow) => Readonly<Record<string, Cell>>
}

const FORMS: Readonly<Record<ExportKind, Form>> = {
  sessions: { columns: SESSION_COLUMNS, render: (row) => ({ ...renderSession(row) }) },
  user_connection: { columns: USER_COLUMNS, render: (row) => ({ ...renderUserConnection(row) }) },
  app_connection: { columns: APP_COLUMNS, render: (row) => ({ ...renderAppConnection(row) }) },
}

/** Returns the id of the task, which a worker is told of when this commits; refuses when the project has too many. */
export async function requestExport(
  { db, clock, queue }: ExportDeps,
  projectId: string,
  kind: ExportKind,
  filter: SessionFilter,
): Promise<string> {
  const id = randomBytes(16).toString('hex')
  await db.transaction().execute(async (trx) => {
    const now = clock.now()
    const since = { kept: secondsAfter(now, -KEPT_SECONDS), running: secondsAfter(now, -LOST_SECONDS) }
    const { running, kept } = await countExports(trx, projectId, since)
    if (running >= MOST_RUNNING || kept >= MOST_KEPT) {
      const most = { mostRunning: MOST_RUNNING, mostKept: MOST_KEPT }
      throw new AppError('sessions.too_many_exports', { running, kept, ...most })
    }
    await insertExport(trx, { id, projectId, kind, filter }, clock.now())
    await queue.enqueue(trx, writeExportWork, [{ id }])
  })
  return id
}

/** Takes away what is older than a day, in steps. */
export async function pruneExports(db: Db, at: Date, most = 20): Promise<number> {
  let pruned = 0
  for (let step = most; step === most; pruned += step) {
    step = await deleteExportsBefore(db, secondsAfter(at, -KEPT_SECONDS), most)
  }
  return pruned
}

/** Writes the file of a task, once. The last try that the queue gives it says so when it fails as well. */
export async function writeExport(
  { db, clock }: Omit<ExportDeps, 'queue'>,
  id: string,
  most: Most = MOST,
): Promise<void> {
  const begun = await beginExport(db, id)
  if (begun === undefined) return
  try {
    await finishExport(db, begun, await writeParts(db, begun, most), clock.now())
  } catch (error) {
    if (begun.attempt > writeExportWork.retryLimit) await finishExport(db, begun, FAILED_FOR_GOOD, clock.now())
    throw error
  }
}

const FAILED_FOR_GOOD = 'every try failed; the log of the control plane says why. Ask for a new export.'
const LOST = 'it was not written within an hour. Ask for a new export.'
const LOST_SECONDS = 3600

/** A page of records at a time. Returns why there can be no file; null when it is all there. */
async function writeParts(db: Db, begun: BegunExport, most: Most): Promise<string | null> {
  const { columns, render } = FORMS[begun.kind]
  const filter = revived(begun.filter)
  let text = renderHead(columns)
  let [records, bytes] = [0, 0]
  let last: SessionRow | undefined
  for (let number = 0; ; number += 1) {
    const rows = await listSessionRowsAfter(db, begun.project_id, filter, last, most.page)
    text += renderLines(columns, rows.map(render))
    records += rows.length
    bytes += Buffer.byteLength(text)
    if (records > most.records) return tooLarge(`${most.records} records`)
    if (bytes > most.bytes) return tooLarge(`${most.bytes} bytes`)
    const isWritten = await appendPart(db, begun, number, text)
    if (!isWritten || rows.length < most.page) return null
    last = rows.at(-1)
    text = ''
  }
}

function tooLarge(most: string): string {
  return `it has more than ${most}; ask for less time or a narrower filter`
}

/** JSON has no instants. */
function revived(filter: unknown): SessionFilter {
  const { period, updatedSince, ...rest } = filter as SessionFilter
  const since = updatedSince === undefined ? {} : { updatedSince: new Date(updatedSince) }
  return { ...rest, ...since, period: { from: new Date(period.from), to: new Date(period.to) } }
}

/** The text of the file; throws when there is none, none yet, or none any more. */
export async function readExport(
  { db, clock }: Omit<ExportDeps, 'queue'>,
  projectId: string,
  kind: ExportKind,
  taskId: string,
): Promise<string> {
  const found = await findExport(db, { id: taskId, projectId, kind }, secondsAfter(clock.now(), -KEPT_SECONDS))
  if (!found) throw new AppError('sessions.export_not_found', { taskId })
  if (found.failure !== null) throw new AppError('sessions.export_failed', { taskId, detail: found.failure })
  if (found.status === 'RUNNING') {
    // its last try may have died with its process, and then nobody says so
    const isLost = found.created_at <= secondsAfter(clock.now(), -LOST_SECONDS)
    throw isLost
      ? new AppError('sessions.export_failed', { taskId, detail: LOST })
      : new AppError('sessions.export_running', { taskId })
  }
  return readParts(db, taskId)
}
