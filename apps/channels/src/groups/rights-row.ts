import {
  MEMBER_ROLES,
  type MemberRole,
  type Operation,
  rightOf,
  type Sanction,
  sanctionOf,
} from '@parley/protocol';

/** A right as the scripts read it: `<role>><whom>` of each pair that it allows, with spaces between them. */
const pairs = (operation: Operation, ...whom: readonly string[]): string[] =>
  rightOf(operation).roles.flatMap((role) => whom.map((each) => `${role}>${each}`));

/** Who may do what is done to no member: `none`. */
export const rowOf = (operation: 'invite' | 'unban' | 'set' | 'archive' | 'audit'): string =>
  pairs(operation, 'none').join(' ');

/** Who may do it to whom. Who may ban a member may also ban an outsider. Kicking an outsider has no effect. */
export const sanctionRow = (sanction: Sanction): string =>
  [
    ...MEMBER_ROLES.flatMap((target) => pairs(sanctionOf(sanction, target), target)),
    ...pairs(sanctionOf(sanction, 'member'), 'none'),
  ].join(' ');

/** Who may give a role to whom: to a member of another role, or to oneself. */
export const roleRow = (role: MemberRole): string => ROLE_ROWS[role].join(' ');

const ROLE_ROWS: Readonly<Record<MemberRole, readonly string[]>> = {
  owner: pairs('transfer', 'moderator', 'member'),
  moderator: pairs('promote', 'member'),
  member: [...pairs('demote', 'moderator'), ...pairs('stepDown', 'self')],
};
