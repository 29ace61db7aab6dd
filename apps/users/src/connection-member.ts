import type { PresentConnection } from '@parley/contracts';

/**
 * A connection as a member of its gateway's set. It includes the user: a connection that changes its user disconnects
 * one user and connects another, and the two requests may be handled in either order.
 */
export const connectionMember = ({ user, connectionId }: PresentConnection): string =>
  `${user.UUID}:${connectionId}`;
