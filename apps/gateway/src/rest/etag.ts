import { createHash } from 'node:crypto';

/** Names a state by the bytes of what is read (RFC 9110, section 8.8.3). */
export const etagOf = (text: string): string =>
  `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** Whether `If-None-Match` names the state. Tags are compared weakly (RFC 9110, section 13.1.2): a proxy may have marked one so. */
export function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => {
    const named = each.trim().replace(/^W\//, '');
    return named === '*' || named === tag;
  });
}
