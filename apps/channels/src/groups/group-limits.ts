/** Injection token of {@link GroupLimits}. */
export const GROUP_LIMITS = Symbol('group limits');

/** What groups may have at most. */
export interface GroupLimits {
  readonly membersPerGroup: number;
  readonly groupsPerUser: number;
}
