/**
 * The UUID under which a client knows a session of its user: the first 128 bits of the session's id, as a UUID of version 8
 * (RFC 9562, section 5.8). It follows from the id, so that nothing has to be stored for it.
 */
export function sessionUUIDOf(sessionId: string): string {
  const variant = ((Number.parseInt(sessionId.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    sessionId.slice(0, 8),
    sessionId.slice(8, 12),
    `8${sessionId.slice(13, 16)}`,
    variant + sessionId.slice(17, 20),
    sessionId.slice(20, 32),
  ].join('-');
}
