import type { Explanation } from '../../../contract/signing/explain.ts'

/** One request of the file, judged. */
export interface Judged extends Explanation {
  readonly id: string
}

/** For reading: one line when valid, otherwise the first difference and what the server made of the request. */
export function renderText(judged: Judged): string {
  const { id, valid, reason, difference, canonicalRequest, stringToSign } = judged
  if (valid) return `${printable(id)}  valid\n`
  const lines = [`${id}  invalid: ${reason}`]
  if (difference) lines.push(`  expected  ${difference.expected}`, `  found     ${difference.found}`)
  lines.push(...block('canonical request of the server', canonicalRequest))
  lines.push(...block('string to sign of the server', stringToSign))
  return `${lines.map(printable).join('\n')}\n`
}

function block(title: string, text: string | null): readonly string[] {
  if (text === null) return []
  return [
    `  ${title}`,
    ...text.split('\n').map((line, index) => `    ${String(index + 1).padStart(2)} ${line}`.trimEnd()),
  ]
}

/** Without control characters, which a terminal obeys: the text comes from who knows where. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** For programs: one JSON object per line. */
export function renderJson({ id, valid, reason, difference, canonicalRequest, stringToSign }: Judged): string {
  return `${JSON.stringify({ id, valid, reason, difference, canonicalRequest, stringToSign })}\n`
}
