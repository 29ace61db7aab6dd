import { LIMITS } from '@parley/protocol';
import { type Bound, HEAD_MS, inBytes, LONGEST_END_MS, REQUEST_MS } from '@parley/service-kit';
import { CHARACTERS_PER_REQUEST, UNANSWERED } from './channels/post-batcher.js';
import { TYPED_IN } from './channels/typing.js';
import { MOST_DUE_BYTES } from './delivery/audience.js';
import { STALLED_MS } from './delivery/catch-up.js';
import { HELD_BYTES } from './delivery/delivery.providers.js';
import { LOGS_PER_REQUEST } from './delivery/log-checker.js';
import { PAGE_ENTRIES } from './delivery/log-reader.js';
import { READS_AT_ONCE } from './delivery/masters.js';
import { MAX_HELD_BYTES } from './delivery/membership.js';
import { ALWAYS_TOLD } from './delivery/notices.js';
import { MOST_REST_MS } from './delivery/pace.js';
import { OUT_OF_STEP_MS } from './delivery/step-keeper.js';
import { LONGEST_HOLD_MS, USER_BURST_SECONDS, USERS_KNOWN } from './frames/answer-budget.js';
import { NEVER_REFUSED, STANDING_MS } from './pacing/backlog.js';
import { HOLDS_BACK_MS, ITEMS_PER_REQUEST, LONGEST_DELAY_MS } from './pacing/gathering.js';
import { TOKEN_KNOWN_MS, TOKENS_KNOWN } from './rest/bearer-tokens.js';
import { CALLERS_KNOWN } from './rest/request-rates.js';
import { REQUESTS_AT_ONCE, REQUESTS_OF_ONE } from './rest/rest-gate.js';
import { FLOOD, HOLD_MS } from './socket/arrivals.js';
import { HANDSHAKES } from './socket/handshakes.js';
import { FAIR_BYTES, UNSIGNED_BYTES } from './socket/intake.js';
import { TWO_TURNS_BYTES } from './socket/output.js';
import { MOST_FRAGMENTS } from './socket/socket-server.js';
import { LISTS_AT_ONCE } from './users/directory.gateway.js';
import { WATCHES_PER_USER } from './users/watch-list.js';
import { CHANGED_AT_ONCE, CHANGED_EVERY_MS } from './users/watch-subscriptions.js';

const count = (value: number): string => value.toLocaleString('en');

/** The bounds of one gateway. */
export const gatewayBounds: readonly Bound[] = [
  {
    what: 'A frame of a client',
    bound: '{MAX_FRAME_BYTES} bytes',
    atIt: 'the connection is closed with 1009',
  },
  {
    what: 'Frames of one connection',
    bound: '{FRAMES_PER_SECOND} per second, {FRAMES_BURST} at once',
    atIt: `\`RATE_LIMITED\` with \`retryAfterMs\`; the frame is not handled, and the socket is not read for ${HOLD_MS} ms. Pings and pongs count, and are only not read`,
  },
  {
    what: 'Bytes of one connection',
    bound: '{BYTES_PER_SECOND} per second, {BYTES_BURST} at once',
    atIt: 'its socket is read no faster',
  },
  {
    what: 'Answers to frames that read, each without its first 16 KiB',
    bound: `{USER_ANSWER_BYTES_PER_SECOND} bytes per second to one user (those of ${USER_BURST_SECONDS} s at once), {ANSWER_BYTES_PER_SECOND} by the gateway`,
    atIt: `further ones are held, for ${LONGEST_HOLD_MS / 1_000} s at most, then \`RATE_LIMITED\` with \`retryAfterMs\``,
  },
  {
    what: 'Users whose large answers are remembered',
    bound: count(USERS_KNOWN),
    atIt: 'the one who has asked for nothing longest is forgotten',
  },
  {
    what: 'Requests of REST from one user to a gateway, or from one network without a session',
    bound: '{FRAMES_PER_SECOND} per second, {FRAMES_BURST} at once',
    atIt: '`RATE_LIMITED` with `Retry-After`',
  },
  {
    what: 'Requests of REST with one key of an operator or a bot to a gateway',
    bound: '{KEY_REQUESTS_PER_SECOND} per second, {KEY_REQUESTS_BURST} at once',
    atIt: '`RATE_LIMITED` with `Retry-After`',
  },
  {
    what: 'Users, networks and keys whose requests of REST are counted',
    bound: `${count(CALLERS_KNOWN)} each`,
    atIt: 'the one that has asked for nothing longest is forgotten',
  },
  {
    what: 'Tokens of requests that one gateway knows',
    bound: `${count(TOKENS_KNOWN)}, each for ${TOKEN_KNOWN_MS / 1_000} s`,
    atIt: 'auth checks the signature again; whether the token was revoked, it is asked each time',
  },
  {
    what: 'Requests of REST that one gateway answers at the same time',
    bound: `${REQUESTS_AT_ONCE}, each with a body of {MAX_FRAME_BYTES} bytes at most`,
    atIt: '`OVERLOADED` with `Retry-After`, before the body is read',
  },
  {
    what: 'Of these, requests of one user, with one key, or of one network without a session',
    bound: `${REQUESTS_OF_ONE}`,
    atIt: '`RATE_LIMITED` with `Retry-After`, before the body is read',
  },
  {
    what: 'Frames of one connection that wait to be handled',
    bound: `{MAX_QUEUED_FRAMES} with {MAX_QUEUED_BYTES} bytes of memory; before sign-in ${LIMITS.framesBeforeSignIn} with ${inBytes(LIMITS.bytesBeforeSignIn)}`,
    atIt: 'its socket is not read until half of them are done',
  },
  {
    what: 'Frames without an answer of all connections of a gateway, from their first byte on, in bytes of memory',
    bound: `{INTAKE_BYTES} of those who are signed in, ${inBytes(UNSIGNED_BYTES)} of the others`,
    atIt: `from half of it on, those who hold more than ${inBytes(FAIR_BYTES)} are not read until three quarters are free; at it, none is read until half is free; if that takes longer than 0.25 s, those who let most of it wait are closed with 4003`,
  },
  {
    what: 'Compressed frames that are inflated after their socket has been stopped',
    bound: `${FLOOD} times what may wait`,
    atIt: 'the connection is closed with 1008',
  },
  {
    what: 'Fragments of one message',
    bound: `${MOST_FRAGMENTS}`,
    atIt: 'the connection is closed with 1008',
  },
  {
    what: 'Invalid frames in a row',
    bound: `${LIMITS.invalidFramesInARow}`,
    atIt: 'the connection is closed with 1008',
  },
  {
    what: 'Pongs that wait for a client to read them',
    bound: '2',
    atIt: 'of the pings that come meanwhile the newest is answered (RFC 6455, 5.5.3)',
  },
  {
    what: 'Bytes that wait for a slow client',
    bound: `{MAX_BUFFERED_BYTES}, and those of the last two turns of the event loop, ${inBytes(TWO_TURNS_BYTES)} at most`,
    atIt: 'the connection is closed with 4008',
  },
  {
    what: 'Frames of one log that are collected for its members',
    bound: inBytes(MOST_DUE_BYTES),
    atIt: `they are sent at once, before the turn of the event loop, the rest of a crowd (${MOST_REST_MS} ms at most, and none below half of a core) or \`FANOUT_TICK_MS\` is over`,
  },
  {
    what: 'Time for which a client that catches up accepts nothing',
    bound: `${STALLED_MS / 1_000} s`,
    atIt: 'the connection is closed with 4008',
  },
  {
    what: 'Time for which frames of a connection wait until a doubtful join is undone, or what it misses is read',
    bound: `${OUT_OF_STEP_MS / 1_000} s`,
    atIt: 'the connection is closed with 4009, and its client resumes on another',
  },
  {
    what: 'Frames held back for one member of a log while its join or its catch-up is under way',
    bound: inBytes(MAX_HELD_BYTES),
    atIt: 'they are dropped and read from the log',
  },
  {
    what: 'Frames of all logs of a gateway that wait for missing ones',
    bound: inBytes(HELD_BYTES),
    atIt: 'they are dropped and read from the log',
  },
  {
    what: 'Pages of logs, of history and of users that one gateway reads at the same time',
    bound: `${READS_AT_ONCE} of logs, each of ${PAGE_ENTRIES} frames at most, and ${READS_AT_ONCE} of history, both for each master of a Cluster; ${LISTS_AT_ONCE} of users`,
    atIt: 'further reads wait; a client that catches up has one page at a time, and the next one when a quarter of `MAX_BUFFERED_BYTES` is left',
  },
  {
    what: 'Logs in one request that checks them',
    bound: `${LOGS_PER_REQUEST}`,
    atIt: 'the rest go in the next request',
  },
  {
    what: 'Channels that a connection subscribes to',
    bound: `${LIMITS.subscriptionsPerConnection}`,
    atIt: '`LIMIT_REACHED`',
  },
  {
    what: 'Connections of one gateway',
    bound: '{MAX_CONNECTIONS}',
    atIt: 'upgrades are refused with 503',
  },
  {
    what: 'Connections of one gateway that are not signed in',
    bound: 'a quarter of {MAX_CONNECTIONS}',
    atIt: 'the longest-waiting one of the address that has most of them is closed with 4003',
  },
  {
    what: 'Connections of one address (an IPv6 /64 counts as one) to one gateway',
    bound: '{CONNECTIONS_PER_ADDRESS}',
    atIt: 'upgrades are refused with 429',
  },
  {
    what: 'Connections of one user to one gateway',
    bound: '{CONNECTIONS_PER_USER}',
    atIt: '`LIMIT_REACHED` instead of `authorized` or `resumed`',
  },
  {
    what: 'TCP connections to a gateway that are no WebSocket yet',
    bound: `${count(HANDSHAKES)}; ${HEAD_MS / 1_000} s for the head of a request, ${REQUEST_MS / 1_000} s for all of it`,
    atIt: 'the oldest is cut; 408 after the deadline',
  },
  {
    what: 'Lost connections whose users are still shown online',
    bound: '{PRESENCE_GRACE_SECONDS} s, {MAX_CONNECTIONS} of them',
    atIt: 'the user goes offline; above the number, at once',
  },
  {
    what: '`sys` frames about signing in and out, per gateway',
    bound: '{SYS_FRAMES_PER_SECOND} per second',
    atIt: 'dropped and counted',
  },
  {
    what: 'Users whom one user watches above `PRESENCE_BROADCAST_USERS`, and who are watched by a gateway',
    bound: `${count(WATCHES_PER_USER)}, and {PRESENCE_WATCHES}`,
    atIt: 'further ones are not watched, and counted',
  },
  {
    what: 'Subscriptions for watched users that change at once',
    bound: `${CHANGED_AT_ONCE} every ${CHANGED_EVERY_MS} ms`,
    atIt: 'the rest follows',
  },
  {
    what: `Joins, leaves and typing told in channels with over ${ALWAYS_TOLD} connections here, per gateway`,
    bound: '{JOIN_FRAMES_PER_SECOND} per second',
    atIt: 'dropped and counted; never for the one who joins or leaves',
  },
  {
    what: `Channels in which one connection is shown typing within ${LIMITS.typingMs / 1_000} s`,
    bound: count(TYPED_IN),
    atIt: 'typing in others is not passed on',
  },
  {
    what: 'Time that a gateway takes to shut down',
    bound: `{DRAIN_SECONDS} s and ${LONGEST_END_MS / 1_000} s more`,
    atIt: 'the remaining connections are cut',
  },
  {
    what: 'Posts in one request',
    bound: `${ITEMS_PER_REQUEST}, and ${count(CHARACTERS_PER_REQUEST)} characters of messages`,
    atIt: 'the rest goes with the next request; a larger post goes alone',
  },
  {
    what: 'Posts of one gateway without an answer',
    bound: `${count(UNANSWERED.posts)}, and ${count(UNANSWERED.characters)} characters of messages`,
    atIt: '`OVERLOADED` with `retryAfterMs`, at once',
  },
  {
    what: `Time that a post takes, once all have been late for ${STANDING_MS / 1_000} s and ${NEVER_REFUSED} are without an answer`,
    bound: 'twice {REQUEST_QUEUE_AGE_MS} ms',
    atIt: '`OVERLOADED` with `retryAfterMs`, at once',
  },
  {
    what: 'Time for which a request of posts holds back later ones',
    bound: `${HOLDS_BACK_MS} ms`,
    atIt: 'they go as a request of their own',
  },
  {
    what: 'Time for which sign-ins by key, joins, leaves and resumptions gather under load',
    bound: `${LONGEST_DELAY_MS} ms; nothing below half of a core`,
    atIt: 'they go with the next request',
  },
  {
    what: 'A page of users',
    bound: count(LIMITS.usersPerPage),
    atIt: 'the next one by `offset`',
  },
];
