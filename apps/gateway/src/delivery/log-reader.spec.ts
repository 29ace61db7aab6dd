import { describe, expect, it } from '@jest/globals';
import { type ChannelsContract, NO_EPOCH } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import { ChannelLogReader } from './log-reader.js';

const readerOver = (answers: Answers<ChannelsContract>) =>
  new ChannelLogReader(fakeService<ChannelsContract>(answers).client, () => '');

const frames = [{ seq: 2, json: '{}' }];

describe('ChannelLogReader', () => {
  it('names the epoch that its reader counts in', async () => {
    const head = { epoch: 'b', seq: 2, first: 1, from: 1, common: 1 };
    const reader = readerOver({
      'channels.readLog': ({ epoch }) => ({ ...head, common: epoch === 'a' ? 1 : -1, frames }),
    });
    expect(await reader.read('c', 1, 'a')).toEqual({ ...head, frames });
  });

  describe('with the version before of the channels service', () => {
    it('knows nothing of an earlier epoch', async () => {
      const reader = readerOver({ 'channels.readLog': () => ({ epoch: 'b', seq: 2, first: 1, frames }) });
      expect(await reader.read('c', 1, 'a')).toMatchObject({ from: 0, common: -1 });
      expect(await reader.read('c', 1, 'b')).toMatchObject({ from: 0, common: 2 });
    });

    it('takes a log that does not exist for an empty one', async () => {
      const reader = readerOver({
        'channels.readLog': () => {
          throw new AppError('CHANNEL_NOT_FOUND');
        },
        'channels.check': ({ logs }) => ({ heads: logs.map(() => null) }),
      });
      const empty = { epoch: NO_EPOCH, seq: 0, first: 1, from: 0 };
      expect(await reader.read('c', 1, 'a')).toEqual({ ...empty, common: -1, frames: [] });
      const heads: unknown[] = [];
      await reader.check(['c'], (_, head) => heads.push(head));
      expect(heads).toMatchObject([empty]);
    });
  });
});
