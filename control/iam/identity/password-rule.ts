const KINDS = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]

/** The rules that a new password breaks are said of these. */
export interface PasswordOwner {
  readonly email: string
  readonly phone: string
}

/**
 * The first rule of the published ones (definition of CreateUser) that a new password breaks: 6 to 32 characters, two
 * kinds of them at least, neither e-mail address nor phone inside. Undefined when it is fine.
 */
export function findPasswordFault(password: string, { email, phone }: PasswordOwner): string | undefined {
  const { length } = [...password]
  if (length < 6 || length > 32) return 'a password has 6 to 32 characters'
  if (KINDS.filter((kind) => kind.test(password)).length < 2) {
    return 'a password has two kinds of characters at least: upper-case and lower-case letters, digits, others'
  }
  const folded = password.toLowerCase()
  if (email !== '' && folded.includes(email.toLowerCase())) return 'a password must not contain the e-mail address'
  if (phone !== '' && folded.includes(phone)) return 'a password must not contain the phone number'
  return undefined
}
