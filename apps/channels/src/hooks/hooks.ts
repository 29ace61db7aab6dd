import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ChangeTarget, GroupsContract, Identity, PostRequest, RequestTo } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type Channel, groupChannel } from '../channel.js';
import type { HookCaller } from './hook-caller.js';

/** The hooks of this deployment, and the kinds of channels that they are asked about. */
export interface HookSet {
  readonly beforeSend?: Pick<HookCaller<'beforeSend'>, 'ask'> | undefined;
  readonly authorise?: Pick<HookCaller<'authorise'>, 'ask'> | undefined;
  readonly kinds: ReadonlySet<Channel['kind']>;
  close(): Promise<void>;
}

type Request<P extends keyof GroupsContract> = RequestTo<GroupsContract, P>;

/** A hook has to be asked, and the caller does not wait: the request is to come again, alone. */
export class AsksHook extends Error {
  override readonly name = 'AsksHook';
}

/** Injection token of the {@link HookSet}. */
export const HOOK_SET = Symbol('hooks');

/** No hooks at all. */
export const NO_HOOKS: HookSet = { kinds: new Set(), close: () => Promise.resolve() };

/**
 * What is asked of a team's own code before something is done, and what its answers mean. Without a hook nothing is asked, and
 * nothing is computed to find that out but a look at a field.
 */
@Injectable()
export class Hooks implements OnApplicationShutdown {
  constructor(@Inject(HOOK_SET) private readonly hooks: HookSet) {}

  async onApplicationShutdown(): Promise<void> {
    await this.hooks.close();
  }

  /** Whether a hook is asked about the messages of a channel before they are stored. */
  checksMessagesIn({ kind }: Channel): boolean {
    return this.hooks.beforeSend !== undefined && this.hooks.kinds.has(kind);
  }

  /**
   * The text that is stored for a post: its own, or another one that the hook puts in its place.
   * @throws AppError FORBIDDEN with the hook's reason; as `HookCaller.ask`.
   */
  textOf({ sender, message, clientUUID, replyTo, key }: PostRequest, channel: Channel): Promise<string> {
    const id = idOf('send', channel.channelUUID, sender.UUID, clientUUID ?? key);
    const data = {
      action: 'send',
      user: shown(sender),
      channel: named(channel),
      message,
      clientUUID,
      replyTo,
    };
    return this.check(id, sender, data, message);
  }

  /** The same for an edit. */
  editedText(
    { user, UUID, key, message }: ChangeTarget & { readonly message: string },
    channel: Channel,
  ): Promise<string> {
    const id = idOf('edit', channel.channelUUID, user.UUID, key);
    const data = { action: 'edit', user: shown(user), channel: named(channel), messageUUID: UUID, message };
    return this.check(id, user, data, message);
  }

  /** Whether a hook is asked who may join a channel. */
  checksJoinsOf({ kind }: Channel): boolean {
    return this.hooks.authorise !== undefined && this.hooks.kinds.has(kind);
  }

  /** @throws AppError FORBIDDEN with the hook's reason; as `HookCaller.ask`. So do the next three. */
  mayJoin(user: Identity, channel: Channel, requestId: string): Promise<void> {
    return this.authorise('join', user, channel, requestId);
  }

  async mayCreate(
    { user, channelUUID, name, topic, private: isPrivate }: Request<'channels.createGroup'>,
    requestId: string,
  ): Promise<void> {
    const channel = groupChannel(channelUUID);
    if (!this.checksJoinsOf(channel)) return;
    await this.authorise('create', user, channel, requestId, { name, topic, private: isPrivate });
  }

  /** A request that archives a group, or brings it back, and changes nothing else asks nobody. */
  async mayChange(
    { user, channelUUID, name, topic, archived }: Request<'channels.setGroup'>,
    requestId: string,
  ): Promise<void> {
    const channel = groupChannel(channelUUID);
    if (!this.checksJoinsOf(channel) || (name === undefined && topic === undefined)) return;
    await this.authorise('set', user, channel, requestId, { name, topic, archived });
  }

  async mayInvite(
    { user, channelUUID, userUUIDs }: Request<'channels.invite'>,
    requestId: string,
  ): Promise<void> {
    const channel = groupChannel(channelUUID);
    if (!this.checksJoinsOf(channel)) return;
    await this.authorise('invite', user, channel, requestId, { userUUIDs });
  }

  private async authorise(
    action: 'join' | 'create' | 'set' | 'invite',
    user: Identity,
    channel: Channel,
    requestId: string,
    more: object = {},
  ): Promise<void> {
    // A request for a group that comes again brings another id for the group, which is not there yet.
    const about = action === 'create' ? '' : channel.channelUUID;
    const id = idOf(action, about, user.UUID, requestId);
    const data = { action, user: shown(user), channel: named(channel), ...more };
    const answer = await this.hooks.authorise!.ask({ id, userUUID: user.UUID, data });
    if (answer.action === 'refuse') throw refusal(answer.reason);
  }

  private async check(id: string, { UUID }: Identity, data: object, message: string): Promise<string> {
    const answer = await this.hooks.beforeSend!.ask({ id, userUUID: UUID, data });
    if (answer.action === 'refuse') throw refusal(answer.reason);
    return answer.action === 'rewrite' ? answer.message : message;
  }
}

/** The same for the same question, so that a hook recognises one that is repeated. */
const idOf = (...parts: readonly string[]): string =>
  `hook_${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 32)}`;

const shown = ({ UUID, Username }: Identity) => ({ UUID, Username });

const named = ({ kind, channelUUID, recipientUUID }: Channel) => ({
  kind,
  channelUUID,
  ...(recipientUUID !== '' && { recipientUUID }),
});

const refusal = (reason: string | undefined): AppError => new AppError('FORBIDDEN', { message: reason });
