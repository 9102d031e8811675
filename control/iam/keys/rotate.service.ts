import { renameSync } from 'node:fs'
import type { KeyringDeps } from './keyring.ts'
import { rotateMasterKey, rotateSealingKey } from './keyring.ts'
import { decode, type MasterKeySource, nextPath, openKeyFile, openMasterKeys } from './master-key.ts'

/** Tokens are sealed with a new key from now on; those that are out keep working until they expire. Returns its id. */
export function rotateTokenKey(deps: KeyringDeps, source: MasterKeySource): Promise<string> {
  return rotateSealingKey(deps, openMasterKeys(source), 'tokens')
}

/**
 * Puts a new master key in the place of the old one; returns how many keys of the database are sealed with it now. A key
 * in a file is replaced in steps each of which leaves a file that opens the database: the new one lies beside the old
 * one, the database changes in one transaction, then the new one takes the old one's name. A key from the environment
 * is the operator's to replace, with the one given here as base64.
 */
export async function replaceMasterKey(
  deps: KeyringDeps,
  source: MasterKeySource,
  newBase64: string | undefined,
): Promise<number> {
  const [current] = openMasterKeys(source)
  if (current === undefined) throw new Error('there is no master key')
  if (source.kind === 'text') return rotateMasterKey(deps, current, requireNew(newBase64, source.base64))
  const next = nextPath(source.path)
  const count = await rotateMasterKey(deps, current, openKeyFile(next))
  renameSync(next, source.path)
  return count
}

function requireNew(newBase64: string | undefined, oldBase64: string): Buffer {
  if (newBase64 === undefined) {
    throw new Error('the master key comes from BERTH_MASTER_KEY: give the new one in BERTH_NEW_MASTER_KEY')
  }
  const key = decode(newBase64, 'BERTH_NEW_MASTER_KEY')
  if (key.equals(decode(oldBase64, 'BERTH_MASTER_KEY'))) throw new Error('BERTH_NEW_MASTER_KEY is the old master key')
  return key
}
