import assert from 'node:assert/strict';
import { ERRORS, type ErrorName } from '@parley/protocol';
import type { Frame, Peer } from '../peer.js';
import { show } from '../world.js';

/** Sends a request that must fail with that error, and returns the error. */
export async function errorNamed(name: ErrorName, peer: Peer, request: Frame): Promise<Frame['error']> {
  return errorIn(await peer.ask(request), name);
}

/** The error in a frame. Fails unless it has that name and all fields of an error. */
export function errorIn(frame: Frame, name: ErrorName): Frame['error'] {
  assert.equal(frame.type, 'error', `expected ${name}, got ${show(frame)}`);
  const { error } = frame;
  assert.equal(error.name, name, show(frame));
  assert.equal(error.code, ERRORS[name].code);
  assert.equal(error.error, error.message);
  assert.equal(error.retryable, ERRORS[name].retryable);
  assert.equal('payload' in error, true, 'the error has no payload');
  return error;
}

/** Whether a frame is the message with this text. */
export const saying = (text: string) => (frame: Frame) => frame.channelMessage?.Message === text;

/** Whether a frame says that this connection has joined. */
export const joinOf = (peer: Peer) => (frame: Frame) =>
  frame.sys?.type === 'channelJoin' && frame.SUUID === peer.sessionUUID;

/** Whether a frame says that this connection has left. */
export const leaveOf = (peer: Peer) => (frame: Frame) =>
  frame.type === 'channelLeave' && frame.SUUID === peer.sessionUUID;

/** Whether a frame tells everyone that this user has signed in. */
export const signInOf = (userUUID: string) => (frame: Frame) => frame.sys?.signIn?.uuid === userUUID;

/** Whether a frame tells everyone that this user has signed out. */
export const signOutOf = (userUUID: string) => (frame: Frame) => frame.sys?.signOut?.uuid === userUUID;

/** The frame that joins the private channel with a user. Without one, the general channel. */
export const joinFrame = (recipientUUID?: string, more: object = {}): Frame => ({
  type: 'channelJoin',
  channelJoin: { recipientUUID, ...more },
});

/** The frame that sends a text to a user. Without one, to the general channel. */
export const sendFrame = (message: string, recipientUUID?: string): Frame => ({
  type: 'channelMessage',
  channelMessage: { recipientUUID, message },
});
