import { LIMITS } from '@parley/protocol';
import type { RestOperationId } from '@parley/protocol/rest';
import { BYTES_PER_MESSAGE, BYTES_PER_USER } from '../frames/answer-budget.js';

/** Messages of one page of an export at most. */
const MESSAGES_EXPORTED = 500;

/** What one item of a page may have, in bytes, and how many there are unless the caller says. */
const PAGES: Partial<Record<RestOperationId, readonly [bytes: number, limit: number]>> = {
  listUsers: [BYTES_PER_USER, LIMITS.usersPerPage],
  listMessages: [BYTES_PER_MESSAGE, LIMITS.messagesOnJoin],
  listMessagesWithUser: [BYTES_PER_MESSAGE, LIMITS.messagesOnJoin],
  listContacts: [BYTES_PER_USER, LIMITS.contactsPerPage],
  listChannels: [BYTES_PER_MESSAGE, LIMITS.channelsPerPage],
  listMembers: [BYTES_PER_USER, LIMITS.membersPerPage],
  listAudit: [BYTES_PER_USER, LIMITS.auditEntriesPerPage],
  listKeys: [BYTES_PER_USER, LIMITS.keys],
  exportContacts: [BYTES_PER_USER, LIMITS.contactsPerPage],
  exportMessages: [BYTES_PER_MESSAGE, MESSAGES_EXPORTED],
  readAudit: [BYTES_PER_USER, LIMITS.auditEntriesPerPage],
};

/** Bytes that an answer may have; undefined for an operation that reads no page. */
export function expectedBytes(operation: RestOperationId, query: unknown): number | undefined {
  const page = PAGES[operation];
  if (page === undefined) return undefined;
  const [bytes, usual] = page;
  // What is no number is refused when the request is decoded.
  const limit = Number((query as { limit?: unknown } | null)?.limit ?? usual);
  return bytes * Math.min(Number.isFinite(limit) ? Math.max(limit, 1) : usual, LIMITS.usersPerPage);
}
