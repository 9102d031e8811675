import type { Tag } from '#db'

/** Contract 1.7. */
export const MOST_TAGS = 20

/** A key that is there gets the new value and keeps its place. */
export function addTags(tags: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const byKey = new Map([...tags, ...added].map((tag) => [tag.key, tag]))
  return [...byKey.values()]
}

export function removeTags(tags: readonly Tag[], removed: readonly { readonly key: string }[]): readonly Tag[] {
  const keys = new Set(removed.map(({ key }) => key))
  return tags.filter(({ key }) => !keys.has(key))
}

/** `key1=value1,key2=value2` as its pairs. Keys and values may have a `=` in them, so that a pair is compared whole. */
export function parseTagFilter(text: string): readonly string[] {
  return text.split(',').filter((pair) => pair !== '')
}
