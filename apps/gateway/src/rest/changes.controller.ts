import { Inject } from '@nestjs/common';
import type { ChangeTarget, ChannelsContract } from '@parley/contracts';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from './caller.js';
import { channelNamed } from './channel-target.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';

/** Each change is recognised when it is asked for again, by the key of its target. */
const REPEATABLE = { isRepeatable: true };

/** Changes of messages, and how far users have read. */
@RestController()
export class ChangesController {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @Operation('editMessage')
  edit(
    @Asked() { params, body: { message } }: RestAsked<'editMessage'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'editMessage'>> {
    return this.channels.ask('channels.edit', { ...targetOf(params, by), message }, REPEATABLE);
  }

  @Operation('deleteMessage')
  delete(
    @Asked() { params }: RestAsked<'deleteMessage'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'deleteMessage'>> {
    return this.channels.ask('channels.delete', targetOf(params, by), REPEATABLE);
  }

  @Operation('addReaction')
  react(@Asked() { params }: RestAsked<'addReaction'>, @By() by: Caller): Promise<RestAnswer<'addReaction'>> {
    return this.setReaction(params, by, false);
  }

  @Operation('removeReaction')
  takeBack(
    @Asked() { params }: RestAsked<'removeReaction'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'removeReaction'>> {
    return this.setReaction(params, by, true);
  }

  /** A position never goes back, so that a repetition needs no key. */
  @Operation('markRead')
  read(
    @Asked() { params, body: { seq } }: RestAsked<'markRead'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'markRead'>> {
    const target = channelNamed(params.channelUUID);
    return this.channels.ask('channels.read', { user: by.user, target, seq });
  }

  private setReaction(
    params: RestAsked<'addReaction'>['params'],
    by: Caller,
    remove: boolean,
  ): Promise<RestAnswer<'addReaction'>> {
    const { reaction } = params;
    return this.channels.ask('channels.react', { ...targetOf(params, by), reaction, remove }, REPEATABLE);
  }
}

const targetOf = (
  { channelUUID, UUID }: { readonly channelUUID: string; readonly UUID: string },
  by: Caller,
): ChangeTarget => ({ user: by.user, target: channelNamed(channelUUID), UUID, key: by.requestKey() });
