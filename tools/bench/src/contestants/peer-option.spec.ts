import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { readPeer } from './peer-option.js';

describe('a server that the command line names', () => {
  it("speaks Socket.IO's framing where nothing else is said", () => {
    expect(readPeer('mine=node server.js --fast=yes')).toEqual({
      id: 'mine',
      command: 'node server.js --fast=yes',
      wire: 'socket.io',
      path: '/socket.io/?EIO=4&transport=websocket',
    });
  });

  it('may speak another framing, or one of its own', () => {
    expect(readPeer('mine:nest-ws=./serve')).toMatchObject({ wire: 'nest-ws', path: '/' });
    expect(readPeer('mine:/srv/dialect.js=./serve')).toMatchObject({
      wire: { module: pathToFileURL('/srv/dialect.js').href },
    });
  });

  it.each(['mine', '=node server.js', 'mine=', 'mine= ', 'mine:smoke=./signals', 'my server=./serve'])(
    'is not %s',
    (text) => {
      expect(readPeer(text)).toBeUndefined();
    },
  );
});
