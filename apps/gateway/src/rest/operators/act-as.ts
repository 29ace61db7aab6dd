import type { IncomingHttpHeaders } from 'node:http';
import type { ActAs } from '@parley/contracts';
import { AppError, LIMITS } from '@parley/protocol';
import { ACT_AS } from '@parley/protocol/rest';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** An issuer may be a URL: the last colon divides the two. */
const EXTERNAL = /^external:(.*):([^:]+)$/;
const EXPECTED = `${ACT_AS}: expected the UUID of a user, or external:<issuer>:<sub>, both percent-encoded`;

/**
 * As whom a request is to be done, as its header says.
 * @returns undefined without the header.
 * @throws AppError INVALID_FIELD
 */
export function actAsIn(headers: IncomingHttpHeaders): ActAs | undefined {
  const text = headers[ACT_AS.toLowerCase()];
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || text.length > LIMITS.actAsCharacters) throw invalid();
  if (UUID.test(text)) return { userUUID: text.toLowerCase() };
  const [, issuer, subject] = EXTERNAL.exec(text) ?? [];
  if (issuer === undefined || subject === undefined) throw invalid();
  // Without an issuer, the one whose tokens auth takes is meant.
  return { ...(issuer !== '' && { issuer: decoded(issuer) }), subject: decoded(subject) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid();
  }
}

const invalid = (): AppError => new AppError('INVALID_FIELD', { message: EXPECTED });
