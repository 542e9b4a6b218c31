/** Parameters of connection strings that hold one: `?password=PASSWORD`. */
const IN_QUERY = /([?&](?:password|sslpassword)=)([^\s&#"']+)/gi

/** True when a text has an address with a password in it. */
export function holdsPassword(text: string): boolean {
  return wordsWithAt(text).some(word => passwordStart(word) !== undefined) || text.search(IN_QUERY) >= 0
}

/** The text with the passwords of addresses replaced by as many asterisks. */
export function withoutPasswords(text: string): string {
  const inQuery = text.replace(IN_QUERY, (_, before: string, password: string) => before + '*'.repeat(password.length))
  if (!inQuery.includes('@')) return inQuery
  return inQuery.replace(/\S+/g, word => {
    const start = passwordStart(word)
    const end = word.lastIndexOf('@')
    return start === undefined ? word : word.slice(0, start) + '*'.repeat(end - start) + word.slice(end)
  })
}

const wordsWithAt = (text: string): readonly string[] => (text.includes('@') ? (text.match(/\S+/g) ?? []) : [])

/**
 * Where the password begins in a word that has what stands between the user's name and the host of an address:
 * `scheme://user:PASSWORD@host` (RFC 3986 §3.2.1); it ends before the last `@`. Also where the slashes are wrong, for it is in
 * addresses with mistakes that passwords are shown. Goes through the word once: files with mistakes may be of any kind.
 */
function passwordStart(word: string): number | undefined {
  const end = word.lastIndexOf('@')
  if (end < 0) return undefined
  let scheme = false
  for (let at = 0; at < end; at++) {
    const char = word[at]!
    if (char !== ':') {
      scheme = /[a-z]/i.test(char) || (scheme && /[0-9+.-]/.test(char))
      continue
    }
    if (!scheme) continue
    let last = at
    let next = at + 1
    for (; word[next] === ':' || word[next] === '/'; next++) if (word[next] === ':') last = next
    while (next < end && !/[/@:]/.test(word[next]!)) next++
    if (next < end && word[next] === ':') last = next
    // A colon with nothing after it is no password's: the one before it may be.
    if (last > at && last + 1 < end) return last + 1
    scheme = false
    at = next - 1
  }
  return undefined
}
