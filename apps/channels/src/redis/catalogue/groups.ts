/** Who is in groups, and which groups there are. */
export const GROUP_KEYS = [
  {
    pattern: 'channels:{<channelUUID>}:members',
    type: 'hash',
    holds:
      'of a group: user UUID → role, ordinal of the user among all who came, until when the user is mute (ms)',
    lifetime: 'until the group is purged',
    growth: 'one field per member, MEMBERS_PER_GROUP at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:roster',
    type: 'sorted set',
    holds: 'of a group: the members by ordinal',
    lifetime: 'until the group is purged',
    growth: 'one per member',
  },
  {
    pattern: 'channels:{<channelUUID>}:moderators',
    type: 'sorted set',
    holds: 'of a group: the moderators by ordinal',
    lifetime: 'until the group is purged',
    growth: 'one per moderator',
  },
  {
    pattern: 'channels:{<channelUUID>}:banned',
    type: 'hash',
    holds: 'of a group: user UUID → since when (ms), and who did it',
    lifetime: 'a field until the ban is lifted',
    growth: 'one field per banned user, 10,000 at most',
  },
  {
    pattern: 'channels:{<channelUUID>}:muted',
    type: 'hash',
    holds: 'of a group: users who left while they were mute → until when (ms)',
    lifetime: 'a field until the user comes back',
    growth: 'one field per such user',
  },
  {
    pattern: 'channels:{<channelUUID>}:audit',
    type: 'stream',
    holds: 'of a group: field m: who changed what, as JSON without texts of messages',
    lifetime: 'about 1,000 newest entries',
    growth: 'one entry per change of the group or its members',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:groups',
    type: 'sorted set',
    holds:
      'the groups that the user is in, all with score 0: their ids sort by when they were made; one too many is dropped when it is read',
    lifetime: 'until the user leaves them',
    growth: 'one per group, GROUPS_PER_USER at most',
  },
  {
    pattern: 'channels:{inbox:<userUUID>}:groups:left',
    type: 'sorted set',
    holds: 'the groups that the user has left, where texts of the user may be',
    lifetime: 'until the user is purged',
    growth: 'one per group',
  },
  {
    pattern: 'channels:made:<record>',
    type: 'string',
    holds: 'the id of the group that a request has made: <record> is a digest of its user and its name',
    lifetime: 'a day',
    growth: 'one per group that was made',
  },
  {
    pattern: 'channels:public',
    type: 'sorted set',
    holds: 'the public groups, all with score 0; one too many is dropped when it is read',
    lifetime: 'until a group is archived or purged',
    growth: 'one per public group',
  },
] as const;
