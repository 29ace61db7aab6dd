import { LIMITS } from '@parley/protocol';
import { type Bound, inBytes } from '@parley/service-kit';
import { JOIN_BYTES, JOINED_AT_ONCE, LEFT_AT_ONCE, PAIRS_KEPT } from './channels.repository.js';
import { ANSWER_BYTES } from './hooks/hook-answer.js';
import { CHANGES_AT_ONCE } from './inbox.repository.js';
import { CHANGES_KEPT } from './inbox-completion.js';
import { SLICE_BYTES, SLICE_PAUSE_MS } from './large-reads.js';
import { HEADS_AT_ONCE, PAGE_BYTES } from './logs.repository.js';
import { APPENDED_AT_ONCE } from './posts.repository.js';
import { MOVED_AT_ONCE, READ_AT_ONCE } from './reads/reads.repository.js';
import { READS_PER_ANSWER } from './reads/reads.service.js';
import { LISTS_AT_ONCE } from './received/received-fill.js';
import { UPKEEP_WAITING } from './retention/upkeep-queue.js';
import { WATCHED_EVERY_MS } from './storage/memory-watch.js';
import {
  ACCOUNTS_KEPT,
  CHARGED_AFTER_BYTES,
  LONGEST_WAIT_MS,
  SMALL_BURST_SHARE,
  SMALL_RATE_SHARE,
  UNCHARGED_BYTES,
} from './storage/storage-budget.js';
import { GLANCE_MS, NAMES_KEPT, PRESENCE_MS } from './user-directory.js';
import { USER_EVENTS_KEPT } from './webhooks/user-events.js';
import { LOGS_AT_ONCE } from './webhooks/webhook-sender.js';
import { DELIVERIES_KEPT, SET_ASIDE } from './webhooks/webhooks.repository.js';

const count = (value: number): string => value.toLocaleString('en');

/** The bounds of this service. */
export const channelsBounds: readonly Bound[] = [
  {
    what: 'Messages, and changes of inboxes, in one step of Redis',
    bound: `${APPENDED_AT_ONCE}, and ${CHANGES_AT_ONCE}`,
    atIt: 'the rest goes in the next step',
  },
  {
    what: 'Joins, leaves, and positions of logs, in one step of Redis',
    bound: `${JOINED_AT_ONCE}, ${LEFT_AT_ONCE}, and ${HEADS_AT_ONCE}`,
    atIt: 'the rest goes in the next step',
  },
  {
    what: 'Positions of readers that are moved in one step of Redis, and channels whose positions are read',
    bound: `${MOVED_AT_ONCE}, and ${READ_AT_ONCE}`,
    atIt: 'the rest goes in the next step',
  },
  {
    what: 'Positions of readers in one answer',
    bound: count(READS_PER_ANSWER),
    atIt: 'further channels of a `resumed` come without `reads`; `subscribe` to one brings them',
  },
  {
    what: 'Messages that are read in one step of Redis, for a page or for joins',
    bound: inBytes(SLICE_BYTES),
    atIt: `larger pages and joins are read one after the other, in such slices, with ${SLICE_PAUSE_MS} ms between them`,
  },
  {
    what: 'Bytes that are stored for one user',
    bound: `{USER_STORED_BYTES_PER_SECOND} per second, {USER_STORED_BYTES_BURST} at once, and up to ${inBytes(CHARGED_AFTER_BYTES)} for each replica of channels, ${inBytes(UNCHARGED_BYTES)} for one who writes in bulk`,
    atIt: '`RATE_LIMITED` with `retryAfterMs`',
  },
  {
    what: 'The same past the high-water mark of Redis',
    bound: `{STORAGE_HIGH_WATER_PERCENT} % of \`maxmemory\`; 1/${SMALL_RATE_SHARE} of the bytes per second, 1/${SMALL_BURST_SHARE} at once; looked at every ${WATCHED_EVERY_MS / 1_000} s`,
    atIt: `\`RATE_LIMITED\` with \`retryAfterMs\`, for ${LONGEST_WAIT_MS / 60_000} minutes at most`,
  },
  {
    what: 'Users whose stored bytes a replica of channels counts',
    bound: count(ACCOUNTS_KEPT),
    atIt: `it forgets the least recently used, who is not charged for what is less than ${inBytes(CHARGED_AFTER_BYTES)}`,
  },
  {
    what: 'Messages of a channel',
    bound: '{MESSAGES_PER_CHANNEL}: all are kept; or what `retention` says of the channel',
    atIt: 'the oldest are deleted; a client that resumes from before them is told `recovered: false`',
  },
  {
    what: 'Channels that wait in a replica of channels until what they keep no longer is deleted',
    bound: count(UPKEEP_WAITING),
    atIt: 'a further one waits for its next message',
  },
  {
    what: 'Changes of a channel',
    bound: 'about {CHANGES_PER_CHANNEL}',
    atIt: 'the oldest are deleted; a client that resumes from before them is told `recovered: false`',
  },
  {
    what: 'Questions to hooks that one replica of channels waits for',
    bound:
      '{HOOK_CALLS_WAITING}, of one user {HOOK_CALLS_PER_USER}, and {HOOK_BYTES_WAITING} bytes; {HOOK_DEADLINE_MS} ms each',
    atIt: '`OVERLOADED`, of one user `RATE_LIMITED`; at the deadline, what `HOOK_…_ON_FAILURE` says',
  },
  {
    what: 'The answer of a hook',
    bound: inBytes(ANSWER_BYTES),
    atIt: 'no more of it is read; it counts as a failure',
  },
  {
    what: 'Channels that one replica of channels sends a webhook the entries of at once, and what waits for a webhook',
    bound: `${LOGS_AT_ONCE}, and as many users, and as many with events that are sent again; one note for each with new events, whose text stays in its log`,
    atIt: 'the channel that is due first comes next; what the log keeps no longer is not sent',
  },
  {
    what: 'Entries that are set aside for a webhook',
    bound: `about ${count(SET_ASIDE)}`,
    atIt: 'the oldest are forgotten',
  },
  {
    what: 'Deliveries that are recorded of a webhook',
    bound: count(DELIVERIES_KEPT),
    atIt: 'the oldest are forgotten',
  },
  {
    what: 'Events of one user that wait for webhooks or can be sent again',
    bound: `about ${count(USER_EVENTS_KEPT)}, for {WEBHOOK_GIVE_UP_SECONDS} s and a day`,
    atIt: 'the oldest are forgotten',
  },
  {
    what: 'Members of a group, and groups of a user',
    bound: '{MEMBERS_PER_GROUP}, and {GROUPS_PER_USER}',
    atIt: '`LIMIT_REACHED`',
  },
  {
    what: 'Users who are banned from a group',
    bound: '10,000',
    atIt: '`LIMIT_REACHED` to who bans another one',
  },
  {
    what: 'Entries of the audit of a group',
    bound: 'about 1,000',
    atIt: 'the oldest are deleted',
  },
  {
    what: "Members of a group whose messages go into every member's inbox",
    bound: '{INBOX_FANOUT_MEMBERS}',
    atIt: 'members of larger groups get mentions, invitations and removals there; `channels` counts what is unread',
  },
  {
    what: 'Items of an inbox',
    bound: 'about {INBOX_ITEMS}',
    atIt: 'the oldest are deleted; a client that resumes from before them is told `recovered: false`',
  },
  {
    what: 'Lists of received messages from before this version that a replica of channels makes at once',
    bound: count(LISTS_AT_ONCE),
    atIt: 'who asks for a further one is told `UNAVAILABLE`, and asks again',
  },
  {
    what: 'Lists of received messages that wait in a replica of channels until what is no longer kept is taken off them',
    bound: count(UPKEEP_WAITING),
    atIt: 'a further one is swept after later messages',
  },
  {
    what: 'Changes of inboxes that a replica of channels keeps while Redis takes no event',
    bound: count(CHANGES_KEPT),
    atIt: 'a further one is given up, and logged',
  },
  {
    what: "A page of a channel's history, and of a user's received messages",
    bound: `${LIMITS.messagesPerPage} messages, ${inBytes(PAGE_BYTES)}`,
    atIt: '`hasMore`',
  },
  {
    what: "The messages in a join's answer",
    bound: `${LIMITS.messagesPerPage} messages, ${inBytes(JOIN_BYTES)}`,
    atIt: 'the oldest are left out, and at least the newest stays; `channelMessages` has them',
  },
  {
    what: 'Earlier epochs that a log knows',
    bound: '63',
    atIt: 'a client that resumes in an older one is told `recovered: false`',
  },
  {
    what: "Memory of a message's `clientUUID`",
    bound: '{CLIENT_UUID_TTL_SECONDS} s at least',
    atIt: 'the same one stores another message',
  },
  {
    what: 'Names of users that a replica of channels remembers',
    bound: `${count(NAMES_KEPT)}; presence ${PRESENCE_MS / 1_000} s, ${GLANCE_MS / 1_000} s for the recipient of a message`,
    atIt: 'it forgets the least recently used, and asks again',
  },
  {
    what: 'Pairs of private channels that a replica of channels remembers',
    bound: count(PAIRS_KEPT),
    atIt: 'it forgets the least recently used, and asks again',
  },
];
