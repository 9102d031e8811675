import { createJoinTokenByHand } from '#agents'
import { type Database, migrate, openDatabase } from '#db'
import {
  applyBootstrap,
  type Bootstrap,
  ensureSystemPolicies,
  openKeyring,
  openMasterKeys,
  replaceMasterKey,
  rotateTokenKey,
} from '#iam'
import { type Log, systemClock } from '#kernel'
import type { Installation } from './config.ts'

/** What an operator does to an installation that is not a request: on the database itself, with the master key. */
export interface Administration {
  /** Id of the new key of tokens. */
  rotateTokenKey(): Promise<string>
  /** Number of keys that are sealed with the new master key; its base64 where the old one comes from the environment. */
  replaceMasterKey(newBase64: string | undefined): Promise<number>
  /** What a bootstrap file changed, a line each; with `dryRun` what it would change. */
  applyBootstrap(file: Bootstrap, options: BootstrapOptions): Promise<readonly string[]>
  /** A one-time token with which a host enrols as this server; `listener` is where agents reach the control plane. */
  createJoinToken(serverId: string, listener: { readonly host: string; readonly port: number }): Promise<string>
}

export interface BootstrapOptions {
  /** Projects are called after it. */
  readonly region: string
  readonly dryRun: boolean
}

/** Opens the database for one piece of work. PGlite has one user at a time: the control plane must not run. */
export async function administer<T>(
  { database: config, masterKey }: Installation,
  log: Log,
  work: (administration: Administration) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, log)
  try {
    await migrate(database)
    return await work(administrationOf(database, masterKey))
  } finally {
    await database.close()
  }
}

function administrationOf({ db }: Database, masterKey: Installation['masterKey']): Administration {
  const deps = { db, clock: systemClock }
  return {
    rotateTokenKey: () => rotateTokenKey(deps, masterKey),
    replaceMasterKey: (newBase64) => replaceMasterKey(deps, masterKey, newBase64),
    createJoinToken: (serverId, listener) => createJoinTokenByHand(db, systemClock, serverId, listener),
    applyBootstrap: async (file, { region, dryRun }) => {
      const keyring = await openKeyring(deps, openMasterKeys(masterKey))
      await ensureSystemPolicies(db, systemClock)
      return applyBootstrap({ ...deps, keyring, region }, file, { dryRun })
    },
  }
}
