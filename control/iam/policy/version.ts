export const VERSIONS = ['1.0', '1.1', '5.0'] as const
export type Version = (typeof VERSIONS)[number]

/** Of roles and policies, as opposed to identity policies. */
export function isClassic(version: Version): boolean {
  return version !== '5.0'
}
