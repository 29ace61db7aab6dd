import type { Message } from '@parley/protocol';
import type { Contract } from './contract.js';

/**
 * What a user has in channels, for an export of the account. It says of the user nothing that the user could not read. A service of the
 * release before does not know these requests.
 */
export type OwnDataContract = {
  /** The private channels of a user that hold anything, with the partner of each, and the groups that the user is or was in. */
  'channels.ownChannels': Contract<
    { readonly userUUID: string },
    {
      readonly channels: readonly { readonly channelUUID: string; readonly partnerUUID: string }[];
      readonly groups: readonly string[];
    }
  >;
  /**
   * The messages that a user has written in one channel, by pages of the log: those of the page after the Seq `after`, none if others
   * wrote it. `after` of the answer says how to go on; without it, the log has ended.
   */
  'channels.ownMessages': Contract<
    { readonly userUUID: string; readonly channelUUID: string; readonly after: number },
    { readonly messages: readonly Message[]; readonly after?: number | undefined }
  >;
};
