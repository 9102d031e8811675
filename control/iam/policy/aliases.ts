/** Actions of the role and policy model that go by another name than the action they are the same as. */
export type Aliases = Readonly<Record<string, readonly string[]>>

/**
 * IAM reference, section 3.7. The actions that this control plane asks for have no aliases; one that gets them is
 * written here and nowhere else.
 */
export const ALIASES: Aliases = {
  'workspace:server:batchUpdateTsvi': [],
  'vpc:subnets:get': [],
  'vpc:ports:update': [],
}
