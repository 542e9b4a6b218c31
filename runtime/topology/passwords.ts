/**
 * What stands between the user's name and the host of an address: `scheme://user:PASSWORD@host` (RFC 3986 §3.2.1). Also where
 * the slashes are wrong, for it is in addresses with mistakes that passwords are shown.
 */
const IN_AUTHORITY = /([a-z][a-z0-9+.-]*:[:/]*[^\s/@:]*:)(\S+)(?=@)/gi
/** Parameters of connection strings that hold one: `?password=PASSWORD`. */
const IN_QUERY = /([?&](?:password|sslpassword)=)([^\s&#"']+)/gi

/** True when a text has an address with a password in it. */
export function holdsPassword(text: string): boolean {
  return text.search(IN_AUTHORITY) >= 0 || text.search(IN_QUERY) >= 0
}

/** The text with the passwords of addresses replaced by as many asterisks. */
export function withoutPasswords(text: string): string {
  const hide = (_: string, before: string, password: string): string => before + '*'.repeat(password.length)
  return text.replace(IN_AUTHORITY, hide).replace(IN_QUERY, hide)
}
