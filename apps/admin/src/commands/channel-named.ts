import { GENERAL_CHANNEL } from '@parley/contracts';
import { UsageError } from '../command.js';

/** A UUID, in lower case. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The UUID of the channel that an operator names: by it, or as "general".
 * @throws UsageError for anything else.
 */
export function channelNamed(command: string, name: string): string {
  const channelUUID = name === 'general' ? GENERAL_CHANNEL : name.toLowerCase();
  if (!UUID.test(channelUUID)) throw new UsageError(`${command}: expected a UUID, or general`);
  return channelUUID;
}
