import { ERRORS, type ErrorEntry, SUB_JOB_ERRORS } from '../contract/errors.ts'

/** `docs/reference/errors.md`: the catalogue for people, sorted by status. */
export function renderErrorPage(): string {
  const entries = Object.entries(ERRORS) as [string, ErrorEntry][]
  const rows = entries
    .sort(([wordA, a], [wordB, b]) => a.status - b.status || wordA.localeCompare(wordB))
    .map(([word, { status, code, message, remedy }]) => row([String(status), code, word, message, remedy]))
  const subJobs = Object.entries(SUB_JOB_ERRORS).map(([word, { code, message }]) => row([code, word, message]))
  return `# Errors

Made from \`contract/errors.ts\` by \`npm run gen\`. Words in braces are filled with the facts of the failure.

| of | body |
|---|---|
| Workspace, IAM v3.0 | \`{"error_code", "error_msg"}\` |
| the gateway (\`APIGW\`), IAM v5 | the same and \`request_id\` |
| IAM v3, tokens among it | \`{"error": {"code", "message", "title"}}\` |
| enterprise projects | \`{"error": {"error_code", "error_msg"}}\` |
| VPC | \`{"code", "message"}\` |

A refusal of permission has \`error_detail\` beside these, and of Workspace, VPC and IAM v5 \`encoded_authorization_message\`. Every answer
has the header \`X-Request-Id\`.

| status | code | our word | message | what to do |
|---|---|---|---|---|
${rows.join('\n')}

## Inside a job

A job that failed is still answered with 200; its sub-jobs carry \`error_code\` and \`error_message\`.

| code | our word | message |
|---|---|---|
${subJobs.join('\n')}
`
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
