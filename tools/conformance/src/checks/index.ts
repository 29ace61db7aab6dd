import type { Section } from '../check.js';
import { acks, channelIds, clientIds } from './additions.js';
import { channelJoin } from './channel-join.js';
import { channelLeave } from './channel-leave.js';
import { channelMessage, messages, unjoined } from './channel-message.js';
import { channelMessages } from './channel-messages.js';
import { connection, heartbeat } from './connection.js';
import { envelope, requestIds } from './envelope.js';
import { badFrames, errors } from './errors.js';
import { senders, signedIn } from './identity.js';
import { inboxes } from './inbox.js';
import { joinedMessages, joinedUsers } from './join-answer.js';
import { order } from './order.js';
import { presence } from './presence.js';
import { privateChannels } from './private-channel.js';
import { frameRate } from './rate.js';
import { resumedChannels } from './resume.js';
import { resumedSession } from './resume-session.js';
import { seed } from './seed.js';
import { seedClients } from './seed-clients.js';
import { signIn, signUp } from './sign-in.js';
import { signOut } from './sign-out.js';
import { slowClient } from './slow-client.js';
import { subscriptions } from './subscribe.js';
import { subscriptionLimit } from './subscription-limit.js';
import { messageTexts, passwords, usernames } from './texts.js';
import { throttling } from './throttling.js';
import { unsubscribing } from './unsubscribe.js';
import { users } from './users.js';

/** The whole suite in the order of the protocol. Throttling comes late, for it uses up failures of an address. */
export const SECTIONS: readonly Section[] = [
  ...[seed, connection, envelope, requestIds, senders, order, signedIn, heartbeat],
  ...[signUp, signIn, signOut, users, channelJoin, channelLeave, channelMessage],
  ...[joinedUsers, joinedMessages, messages, privateChannels, unjoined, presence],
  ...[channelIds, clientIds, acks, channelMessages, subscriptions, unsubscribing, subscriptionLimit],
  ...[resumedSession, resumedChannels, inboxes, seedClients],
  ...[errors, badFrames, usernames, passwords, messageTexts, throttling, frameRate, slowClient],
];
