/** Names of what nobody should put into a URL, in any letter case, and as a part of a longer name. */
const SECRET_NAME = /key|token|password|secret|session|auth/i;

/** Whether a query gives a value to a key, token or password. */
export function namesSecret(query: string): boolean {
  // Name by name. One pattern for the whole query would look at all that follows each `key`: 0.1 s for one of 16 KB.
  return query.split('&').some((part) => {
    const end = part.indexOf('=');
    return end !== -1 && SECRET_NAME.test(part.slice(0, end));
  });
}
