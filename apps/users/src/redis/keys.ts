/** The keys of the presence of users whose keys lie in one slot: each change touches the count of a user and the set of a gateway. */
export class PresenceKeys {
  /** @param place the prefix, and the tag of the slot. */
  constructor(private readonly place: string) {}

  online = () => `${this.place}:online`;
  leases = () => `${this.place}:leases`;
  renewed = () => `${this.place}:renewed`;
  endings = () => `${this.place}:endings`;
  gateway = (gatewayId: string) => `${this.place}:gateway:${gatewayId}`;
  ending = (gatewayId: string) => `${this.place}:ending:${gatewayId}`;
  departed = (gatewayId: string) => `${this.place}:departed:${gatewayId}`;
  told = () => `${this.place}:told`;
}

/** The keys of one slot, as the scripts of presence take them. */
export interface PresenceSlotKeys {
  readonly presence: PresenceKeys;
}

/** The keys of one of many slots of the directory: copies of what is in its one slot, for those who only read. */
export interface DirectorySlotKeys {
  /** Of the users whose UUID lies there. */
  readonly names: string;
  /** Of the usernames that lie there, in their compared form. */
  readonly index: string;
  readonly removed: string;
  /** Of the users whose UUID lies there. No copy: nothing else has them. */
  readonly profiles: string;
}

/**
 * The key names of the users service. The directory has one hash slot, because a claim touches the index of the whole directory, and
 * copies for readers in many. Presence has one for all users, or many. The lists of each user have a slot of their own.
 */
export class UsersKeys implements PresenceSlotKeys {
  /** @param prefix starts every name, as REDIS_PREFIX says. */
  constructor(private readonly prefix: string) {
    this.presence = new PresenceKeys(`${prefix}:presence:{presence}`);
  }

  readonly directory = {
    index: () => `${this.prefix}:users:{directory}:index`,
    names: () => `${this.prefix}:users:{directory}:names`,
    order: () => `${this.prefix}:users:{directory}:order`,
    alikes: (making: string) => `${this.prefix}:users:{directory}:alikes:${making}`,
    indexed: () => `${this.prefix}:users:{directory}:indexed`,
    manyFrom: () => `${this.prefix}:users:{directory}:many-from`,
    copying: () => `${this.prefix}:users:{directory}:copying`,
    created: () => `${this.prefix}:users:{directory}:created`,
    told: () => `${this.prefix}:users:{directory}:told`,
    toldKinds: () => `${this.prefix}:users:{directory}:told-kinds`,
  };

  readonly search = {
    names: () => `${this.prefix}:users:{search}:names`,
    notedTo: () => `${this.prefix}:users:{search}:noted-to`,
  };

  /** Those of one of many slots of the directory. */
  directoryOf(slot: number): DirectorySlotKeys {
    const place = `${this.prefix}:users:{directory-${slot}}`;
    return {
      names: `${place}:names`,
      index: `${place}:index`,
      removed: `${place}:removed`,
      profiles: `${place}:profiles`,
    };
  }

  /** Those of the slot that has all users, or had them. */
  readonly presence: PresenceKeys;

  /** When presence goes to many slots. In the slot that has all users until then. */
  manyFrom(): string {
    return `${this.prefix}:presence:{presence}:many-from`;
  }

  /** Those of one of many slots. */
  presenceOf(slot: number): PresenceSlotKeys {
    return { presence: new PresenceKeys(`${this.prefix}:presence:{presence-${slot}}`) };
  }

  readonly lists = {
    contacts: (userUUID: string) => `${this.prefix}:users:{user:${userUUID}}:contacts`,
    blocked: (userUUID: string) => `${this.prefix}:users:{user:${userUUID}}:blocked`,
  };
}

/** Every key of the users service without its prefix, as docs/redis-keys.md lists them. */
export const KEY_CATALOGUE = [
  {
    pattern: 'users:{directory}:index',
    type: 'hash',
    owner: 'users',
    holds: 'username in its compared form → user UUID; the names of deleted accounts stay taken',
    lifetime: 'until the user is purged',
    growth: 'one field per user',
  },
  {
    pattern: 'users:{directory}:names',
    type: 'hash',
    owner: 'users',
    holds: 'user UUID → username as it is shown',
    lifetime: 'until the account is deleted or purged',
    growth: 'one field per user',
  },
  {
    pattern: 'users:{directory}:order',
    type: 'zset',
    owner: 'users',
    holds: 'user UUID by place in the order of registration',
    lifetime: 'until the account is deleted or purged',
    growth: 'one member per user',
  },
  {
    pattern: 'users:{directory}:created',
    type: 'hash',
    owner: 'users',
    holds: 'user UUID → when the user was made, in milliseconds; nothing of users from before this was noted',
    lifetime: 'until the account is deleted or purged',
    growth: 'one field per user',
  },
  {
    pattern: 'users:{directory}:alikes:<version of Unicode>-<number>',
    type: 'zset',
    owner: 'users',
    holds:
      '<form>:<kind>:<userUUID>, what each name looks like: the hash of its skeleton, and whether it is plain ASCII (clear, other); those of deleted accounts stay; the number counts the rules for it',
    lifetime: 'until the user is purged',
    growth: 'one member per user with a name in ASCII, at most three per other user',
  },
  {
    pattern: 'users:{directory}:indexed',
    type: 'hash',
    owner: 'users',
    holds:
      '<version of Unicode>-<number> → place in the order of registration up to which alikes holds every user',
    lifetime: 'for ever',
    growth: 'one field per version of Unicode and of the rules that was in use',
  },
  {
    pattern: 'users:{directory}:many-from',
    type: 'string',
    owner: 'users',
    holds:
      'when the directory is read in many slots (USERS_SLOTS=many), in milliseconds of the clock of Redis: in {directory-0} … {directory-63}',
    lifetime: 'for ever',
    growth: 'none',
  },
  {
    pattern: 'users:{directory}:copying',
    type: 'hash',
    owner: 'users',
    holds:
      'to: place in the order of registration up to which every user is copied to the many slots; all: 1 once that was everyone; removals: how many users were deleted or purged',
    lifetime: 'for ever',
    growth: 'none',
  },
  {
    pattern: 'users:{directory}:told',
    type: 'stream',
    owner: 'users',
    holds:
      'what has happened to users, for webhooks, until the channels service has it: t the type of the event, u the UUID of the user, n the name if the event is about it; of what auth has noted also k its key, a its time in milliseconds and s the UUID of a session',
    lifetime: 'an entry until it is fetched; 8 days after something was fetched last',
    growth: 'about 65,536 entries at most; only while a webhook asks for such events',
  },
  {
    pattern: 'users:{directory}:told-kinds',
    type: 'string',
    owner: 'users',
    holds: 'the kinds of events that webhooks ask for, with commas between them',
    lifetime: '7 days after somebody asked for them last',
    growth: 'none',
  },
  {
    pattern: 'users:{directory-<slot>}:names',
    type: 'hash',
    owner: 'users',
    holds: 'copy of {directory}:names, of the users whose UUID lies in the slot',
    lifetime: 'until the account is deleted or purged',
    growth: 'one field per user, over all slots',
  },
  {
    pattern: 'users:{directory-<slot>}:index',
    type: 'hash',
    owner: 'users',
    holds:
      'copy of {directory}:index, of the usernames that lie in the slot, without those of deleted accounts',
    lifetime: 'until the account is deleted or purged',
    growth: 'one field per user, over all slots',
  },
  {
    pattern: 'users:{directory-<slot>}:removed',
    type: 'zset',
    owner: 'users',
    holds:
      'users deleted or purged lately, by the number of the removal: what was read before it is not copied there any more',
    lifetime: 'an hour after the last removal in the slot',
    growth: 'one member per removal, at most 1,000',
  },
  {
    pattern: 'users:{directory-<slot>}:profiles',
    type: 'hash',
    owner: 'users',
    holds:
      'user UUID → JSON of what the identity provider says: Name, Picture; <userUUID>:untold → a change not told yet; of the slot, also with USERS_SLOTS=one',
    lifetime: 'until the account is deleted or purged',
    growth: 'one or two fields per user with a name or picture, over all slots',
  },
  {
    pattern: 'users:{search}:names',
    type: 'zset',
    owner: 'users',
    holds:
      '<username in its compared form>, a NUL and <userUUID>, in the order of bytes, for searches by prefix',
    lifetime: 'until the account is deleted or purged; a member whose account is gone, until it is read',
    growth: 'one member per user',
  },
  {
    pattern: 'users:{search}:noted-to',
    type: 'string',
    owner: 'users',
    holds: 'place in the order of registration up to which {search}:names has every user',
    lifetime: 'for ever',
    growth: 'none',
  },
  {
    pattern: 'users:{user:<userUUID>}:contacts',
    type: 'zset',
    owner: 'users',
    holds: "the user's contacts: user UUID by place in the order of adding",
    lifetime: 'until the account is deleted or purged; a member whose account is gone, until it is read',
    growth: 'one per user with contacts; at most CONTACTS_PER_USER members',
  },
  {
    pattern: 'users:{user:<userUUID>}:blocked',
    type: 'zset',
    owner: 'users',
    holds:
      "those whom the user has blocked: user UUID by place in the order of adding; what is refused stands in the private channel's meta",
    lifetime: 'until the account is deleted or purged; a member whose account is gone, until it is read',
    growth: 'one per user who has blocked others; at most BLOCKED_PER_USER members',
  },
  {
    pattern: 'presence:{presence}:many-from',
    type: 'string',
    owner: 'users',
    holds:
      'when presence goes to many slots (USERS_SLOTS=many), in milliseconds of the clock of Redis: every key of presence is then in each of {presence-0} … {presence-63}, for the users of that slot',
    lifetime: 'for ever',
    growth: 'none',
  },
  {
    pattern: 'presence:{presence}:online',
    type: 'hash',
    owner: 'users',
    holds: 'user UUID → number of connections',
    lifetime: 'a field as long as its user is online',
    growth: 'one field per user online',
  },
  {
    pattern: 'presence:{presence}:told',
    type: 'stream',
    owner: 'users',
    holds:
      'who came online and went offline, for webhooks, until the channels service has it: t the type of the event, u the UUID of the user',
    lifetime: 'an entry until it is fetched; 8 days after something was fetched last',
    growth: 'about 65,536 entries at most, over all slots; only while a webhook asks for such events',
  },
  {
    pattern: 'presence:{presence}:leases',
    type: 'zset',
    owner: 'users',
    holds: 'gateway id by the end of its lease, in milliseconds of the clock of Redis',
    lifetime: 'a member as long as its gateway lives',
    growth: 'one member per gateway',
  },
  {
    pattern: 'presence:{presence}:renewed',
    type: 'set',
    owner: 'users',
    holds: 'gateways that have renewed their lease at least once since it was made',
    lifetime: 'a member as long as its gateway lives',
    growth: 'one member per gateway',
  },
  {
    pattern: 'presence:{presence}:endings',
    type: 'zset',
    owner: 'users',
    holds: 'gateway being cleaned up after, by the end of the claim of the replica that does it',
    lifetime: 'a member until the clean-up is done',
    growth: 'one member per gateway that has just ended',
  },
  {
    pattern: 'presence:{presence}:gateway:<gatewayId>',
    type: 'set',
    owner: 'users',
    holds: '<userUUID>:<connectionId> of each signed-in connection',
    lifetime: 'as long as the gateway has signed-in connections',
    growth: 'one member per connection',
  },
  {
    pattern: 'presence:{presence}:ending:<gatewayId>',
    type: 'set',
    owner: 'users',
    holds: 'what is left of the set of a gateway that has ended',
    lifetime: 'until the clean-up is done',
    growth: 'shrinks',
  },
  {
    pattern: 'presence:{presence}:departed:<gatewayId>',
    type: 'set',
    owner: 'users',
    holds: 'users who went offline with the gateway, until that is published',
    lifetime: 'until the clean-up is done',
    growth: 'at most one batch of connections',
  },
] as const;
