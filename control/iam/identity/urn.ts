/** IAM reference, section 3.6: `iam::<account>:<type>:<path and name>`. */
export function iamUrn(domainId: string, type: 'user' | 'group' | 'agency', path: string): string {
  return `iam::${domainId}:${type}:${path}`
}
