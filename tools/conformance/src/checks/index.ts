import type { Section } from '../check.js';
import { acks, channelIds, clientIds } from './channels/additions.js';
import { deletions, edits, reactions } from './channels/changes.js';
import { followedChanges, repliesAndMentions } from './channels/changes-followed.js';
import { channelJoin } from './channels/channel-join.js';
import { channelLeave } from './channels/channel-leave.js';
import { channelMessage, messages, unjoined } from './channels/channel-message.js';
import { channelMessages } from './channels/channel-messages.js';
import { inboxes } from './channels/inbox.js';
import { joinedMessages, joinedUsers } from './channels/join-answer.js';
import { privateChannels } from './channels/private-channel.js';
import { reads } from './channels/reads.js';
import { subscriptions } from './channels/subscribe.js';
import { subscriptionLimit } from './channels/subscription-limit.js';
import { typing } from './channels/typing.js';
import { unsubscribing } from './channels/unsubscribe.js';
import { connection, heartbeat } from './connection/connection.js';
import { envelope, requestIds } from './connection/envelope.js';
import { badFrames, errors } from './connection/errors.js';
import { order } from './connection/order.js';
import { frameRate } from './connection/rate.js';
import { slowClient } from './connection/slow-client.js';
import { messageTexts, passwords, usernames } from './connection/texts.js';
import { throttling } from './connection/throttling.js';
import { groups } from './groups/groups.js';
import { inboxOfGroups } from './groups/inbox-of-groups.js';
import { groupMembers } from './groups/members.js';
import { groupRights } from './groups/rights.js';
import { resumedChannels } from './resuming/resume.js';
import { resumedSession } from './resuming/resume-session.js';
import { seed } from './seed/seed.js';
import { seedClients } from './seed/seed-clients.js';
import { accounts } from './users/account.js';
import { blocking, contacts } from './users/contacts.js';
import { senders, signedIn } from './users/identity.js';
import { presence } from './users/presence.js';
import { signIn, signUp } from './users/sign-in.js';
import { signOut } from './users/sign-out.js';
import { tokens } from './users/tokens.js';
import { users } from './users/users.js';

/** The whole suite in the order of the protocol. Throttling comes late because it uses up the failures of an address. */
export const SECTIONS: readonly Section[] = [
  ...[seed, connection, envelope, requestIds, senders, order, signedIn, heartbeat],
  ...[signUp, signIn, signOut, users, channelJoin, channelLeave, channelMessage],
  ...[joinedUsers, joinedMessages, messages, privateChannels, unjoined, presence],
  ...[channelIds, clientIds, acks, channelMessages, subscriptions, unsubscribing, subscriptionLimit],
  ...[resumedSession, resumedChannels, inboxes, reads, seedClients, accounts, typing],
  ...[contacts, blocking, tokens],
  ...[groups, groupMembers, groupRights, inboxOfGroups],
  ...[edits, deletions, reactions, repliesAndMentions, followedChanges],
  ...[errors, badFrames, usernames, passwords, messageTexts, throttling, frameRate, slowClient],
];
