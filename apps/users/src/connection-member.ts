import type { PresentConnection } from '@parley/contracts';

/**
 * A connection as a member of its gateway's set. The user is part of it: a connection that changes its user
 * leaves as one user and comes as another, in whichever order the two requests are handled.
 */
export const connectionMember = ({ user, connectionId }: PresentConnection): string =>
  `${user.UUID}:${connectionId}`;
