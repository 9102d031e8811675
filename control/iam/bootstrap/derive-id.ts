import { createHash } from 'node:crypto'

export type Kind =
  | 'account'
  | 'project'
  | 'enterprise project'
  | 'identity policy'
  | 'policy'
  | 'user'
  | 'group'
  | 'agency'

/**
 * The id of something that the file names without one: the same in every installation that is made from the same file.
 * 32 hexadecimal digits, of enterprise projects written as a UUID.
 */
export function deriveId(kind: Kind, accountId: string, name: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify(['berth', kind, accountId, name]))
    .digest('hex')
  const id = digest.slice(0, 32)
  return kind === 'enterprise project' ? id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : id
}
