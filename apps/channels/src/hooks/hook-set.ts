import type { Logger } from '@parley/service-kit';
import { SignedCaller } from '@parley/signed-http/signed-caller';
import type { ChannelsSettings } from '../config.js';
import { ANSWER_BYTES, type HookName } from './hook-answer.js';
import { HookCaller } from './hook-caller.js';
import { HookRoom } from './hook-room.js';
import type { HookSet } from './hooks.js';

/** The hooks that the settings name. */
export function hookSetOf(settings: ChannelsSettings, logger: Logger): HookSet {
  const calls = settings.HOOK_CALLS_WAITING;
  const caller = new SignedCaller({
    keys: settings.HOOK_KEYS ?? [],
    connections: calls,
    answerBytes: ANSWER_BYTES,
    allowsPrivate: settings.HOOK_PRIVATE_ADDRESSES === 'allow',
  });
  const room = new HookRoom({
    ...{ calls, bytes: settings.HOOK_BYTES_WAITING, callsPerUser: settings.HOOK_CALLS_PER_USER },
  });
  const deadlineMs = settings.HOOK_DEADLINE_MS;
  const hookAt = <Name extends HookName>(name: Name, url: URL | undefined, onFailure: 'reject' | 'allow') =>
    url && new HookCaller({ name, url, deadlineMs, onFailure }, caller, room, logger);
  return {
    beforeSend: hookAt('beforeSend', settings.HOOK_BEFORE_SEND_URL, settings.HOOK_BEFORE_SEND_ON_FAILURE),
    authorise: hookAt('authorise', settings.HOOK_AUTHORISE_URL, settings.HOOK_AUTHORISE_ON_FAILURE),
    kinds: new Set(settings.HOOK_CHANNELS),
    close: () => caller.close(),
  };
}
