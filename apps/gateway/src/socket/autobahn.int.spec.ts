import { constants, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUTOBAHN_CASES } from './fixtures/autobahn-cases.js';
import { clientFrame, OPCODES } from './fixtures/client-bytes.js';
import { LoneServer } from './fixtures/lone-server.js';
import { RawPeer } from './fixtures/raw-peer.js';

// The cases of https://github.com/crossbario/autobahn-testsuite that apply to a server, by their numbers there. Where the protocol
// asks for something else than an echo (docs/protocol.md, section 1), that is what is expected.

const { TEXT, CONTINUATION, PING } = OPCODES;
const CLOSED = ['close', 1000];

describe('as the public Autobahn cases want it, a server', () => {
  let server: LoneServer;

  beforeAll(async () => {
    server = await LoneServer.start();
  });
  afterAll(() => server.stop());

  it.each(AUTOBAHN_CASES)('answers case $number', async ({ sends, chop, told, closes }) => {
    const peer = await RawPeer.connect(server.port);
    await peer.send(Buffer.concat(sends), chop);
    if (closes === undefined) {
      await peer.hears(told.length);
      await peer.close();
      expect(peer.told).toEqual([...told, CLOSED]);
      return;
    }
    await peer.gone();
    // What was answered before may have been overtaken by the end.
    expect(told.slice(0, peer.told.length - 1)).toEqual(peer.told.slice(0, -1));
    expect(peer.told.at(-1)).toEqual(['close', closes]);
  });

  it('answers case 7.1.1: what came before a close, and then the close', async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.send(clientFrame(TEXT, 'before'));
    await peer.hears(1);
    await peer.close();
    expect(peer.told).toEqual([['text', 'before'], CLOSED]);
  });

  it.each([
    ['2.10', undefined],
    ['2.11', 1],
  ])('answers case %s: the newest of ten pings, and earlier ones in order', async (_, chop) => {
    const peer = await RawPeer.connect(server.port);
    const pings = Array.from({ length: 10 }, (__, n) => clientFrame(PING, `${n}`));
    await peer.send(Buffer.concat(pings), chop);
    await peer.send(clientFrame(TEXT, 'after'));
    // RFC 6455, 5.5.3: only the newest of several pings needs an answer.
    while (!peer.told.some(([, content]) => content === '9')) await peer.hears(peer.told.length + 1);
    await peer.close();
    const pongs = peer.told.filter(([what]) => what === 'pong').map(([, content]) => Number(content));
    expect(pongs).toEqual(pongs.toSorted((one, other) => one - other));
    expect(pongs.at(-1)).toBe(9);
  });

  it('refuses frames without a mask', async () => {
    const peer = await RawPeer.connect(server.port);
    await peer.send(Buffer.from([0x81, 0x01, 0x61]));
    await peer.gone();
    expect(peer.told).toEqual([['close', 1002]]);
  });

  it('serves others as before', async () => {
    const { client } = await server.pair();
    client.send('fine');
    expect((await client.next('answer')).text).toBe('fine');
    await client.drop();
  });
});

const TAIL_BYTES = 4;
/** A text as `permessage-deflate` sends it. */
const compressed = (text: string): Buffer =>
  deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -TAIL_BYTES);
const json = (bytes: number): string => '{"key":"Grüße","n":123},'.repeat(bytes / 16).slice(0, bytes);

describe('as the public Autobahn cases want it, a server that compresses', () => {
  let server: LoneServer;

  beforeAll(async () => {
    server = await LoneServer.start({ compression: true });
  });
  afterAll(() => server.stop());

  it.each([
    ['12.4.1', 16, 0],
    ['12.4.2', 64, 0],
    ['12.4.3', 256, 0],
    ['12.4.4', 1_024, 0],
    ['12.4.5', 4_096, 0],
    ['12.4.6', 8_192, 0],
    ['12.4.7', 16_384, 0],
    ['12.4.8', 32_768, 0],
    ['12.4.11', 8_192, 256],
    ['12.4.12', 16_384, 256],
    ['12.4.13', 32_768, 256],
  ])('answers case %s: texts of %d characters, in pieces of %d bytes', async (_, size, piece) => {
    const peer = await RawPeer.connect(server.port, 'permessage-deflate');
    expect(peer.extensions).toMatch(/^permessage-deflate/);
    const texts = Array.from({ length: 5 }, (__, n) => `${n}${json(size)}`.slice(0, size));
    for (const text of texts) {
      const bytes = compressed(text);
      const length = piece || bytes.length;
      for (let at = 0; at < bytes.length; at += length) {
        const isFinal = at + length >= bytes.length;
        const part = bytes.subarray(at, at + length);
        await peer.send(clientFrame(at === 0 ? TEXT : CONTINUATION, part, { isFinal, isDeflated: at === 0 }));
      }
    }
    await peer.hears(texts.length);
    await peer.close();
    expect(peer.told).toEqual([...texts.map((text) => ['text', text]), CLOSED]);
  });

  it.each(['12.4.10', '12.4.15'])('closes case %s with 1009: the text is too long', async () => {
    const peer = await RawPeer.connect(server.port, 'permessage-deflate');
    await peer.send(clientFrame(TEXT, compressed(json(131_072)), { isDeflated: true }));
    await peer.gone();
    expect(peer.told).toEqual([['close', 1009]]);
  });

  it.each([
    ['13.1.1', 'permessage-deflate', true],
    ['13.2.1', 'permessage-deflate; server_no_context_takeover', true],
    ['13.3.1', 'permessage-deflate; server_max_window_bits=8', false],
    ['13.4.1', 'permessage-deflate; server_max_window_bits=15', false],
    ['13.5.1', 'permessage-deflate; server_no_context_takeover; server_max_window_bits=8', false],
    ['13.6.1', 'permessage-deflate; server_no_context_takeover; server_max_window_bits=15', false],
  ])('answers case %s: %s', async (_, offer, compresses) => {
    const peer = await RawPeer.connect(server.port, offer);
    expect(peer.extensions.startsWith('permessage-deflate')).toBe(compresses);
    const text = json(1_024);
    const bytes = compresses ? compressed(text) : Buffer.from(text);
    await peer.send(clientFrame(TEXT, bytes, { isDeflated: compresses }));
    await peer.hears(1);
    await peer.close();
    expect(peer.told).toEqual([['text', text], CLOSED]);
  });

  it('closes with 1007 what cannot be inflated', async () => {
    const peer = await RawPeer.connect(server.port, 'permessage-deflate');
    await peer.send(clientFrame(TEXT, Buffer.alloc(64, 0xff), { isDeflated: true }));
    await peer.gone();
    expect(peer.told).toEqual([['close', 1007]]);
  });
});
