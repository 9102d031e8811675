import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { DesiredState } from '../../contract/agent/desired-state.ts'
import { type Log, reasonOf } from '../log.ts'
import { Identity, type Journal, MaintenanceJournal, SessionJournal, UpgradeJournal } from './journal.ts'

type Schema<T> = { Check(value: unknown): value is T }

const CheckedIdentity = Compile(Identity)
const CheckedDesired = Compile(DesiredState)
const CheckedMaintenance = Compile(MaintenanceJournal)
const CheckedUpgrade = Compile(UpgradeJournal)
const CheckedSessions = Compile(SessionJournal)

/** One file a matter in the state directory, mode 0600, replaced whole. */
export async function fileJournal(directory: string, log: Log): Promise<Journal> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const load = <T>(name: string, schema: Schema<T>) => loadFile(join(directory, name), schema, log)
  const save = (name: string, value: unknown) => saveFile(directory, name, value)
  return {
    loadIdentity: () => load('identity.json', CheckedIdentity),
    saveIdentity: (identity) => save('identity.json', identity),
    loadDesired: () => load('desired.json', CheckedDesired),
    saveDesired: (desired) => save('desired.json', desired),
    loadMaintenance: () => load('maintenance.json', CheckedMaintenance),
    saveMaintenance: (maintenance) => save('maintenance.json', maintenance),
    loadUpgrade: () => load('upgrade.json', CheckedUpgrade),
    saveUpgrade: (upgrade) => save('upgrade.json', upgrade),
    loadSessions: () => load('sessions.json', CheckedSessions),
    saveSessions: (sessions) => save('sessions.json', sessions),
  }
}

async function loadFile<T>(path: string, schema: Schema<T>, log: Log): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`cannot read ${path}`, { cause: error })
  }
  const value = parse(text)
  if (schema.Check(value)) return value
  const kept = `${path}.damaged`
  await rename(path, kept).catch((error: unknown) => log('warn', 'could not set it aside', { reason: reasonOf(error) }))
  log('error', 'a journal file is damaged; going on as if it were not there', { path, kept, bytes: text.length })
  return undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** After a crash at any point the file is the old one or the new one. */
async function saveFile(directory: string, name: string, value: unknown): Promise<void> {
  const path = join(directory, name)
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(value)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
