import assert from 'node:assert/strict';
import { once } from 'node:events';
import { CLOSE_CODES, LIMITS } from '@parley/protocol';
import { WebSocket } from 'ws';
import { section } from '../../check.js';
import { assertMatches, UUID } from '../../matching.js';

/** A `ping` frame of exactly `bytes` bytes. */
function pingOf(bytes: number): string {
  const frame = JSON.stringify({ type: 'ping', id: 'big', padding: '' });
  return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`);
}

/** Protocol, section 1, first paragraph. */
export const connection = section('1.1', 'Connection', {
  'opens with `ready` and its own session UUID': async (world) => {
    const [one, other] = [await world.connect(), await world.connect({ url: world.otherUrl })];
    for (const peer of [one, other]) {
      assertMatches({ type: 'ready', ready: { sessionUUID: UUID } }, peer.frames[0]);
    }
    assert.notEqual(one.sessionUUID, other.sessionUUID);
  },
  'closes with 1003 after a binary frame': async (world) => {
    const peer = await world.connect();
    peer.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    assert.equal(await peer.closeCode(), CLOSE_CODES.UNSUPPORTED_DATA);
  },
  'closes with 1007 after invalid UTF-8': async (world) => {
    const peer = await world.connect();
    peer.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false });
    assert.equal(await peer.closeCode(), CLOSE_CODES.INVALID_UTF8);
  },
  'closes with 1009 after a frame of 64 KiB and one byte': async (world) => {
    const peer = await world.connect();
    peer.send(pingOf(LIMITS.frameBytes + 1));
    assert.equal(await peer.closeCode(), CLOSE_CODES.FRAME_TOO_BIG);
  },
  'accepts a frame of exactly 64 KiB': async (world) => {
    const peer = await world.connect();
    peer.sentIds.add('big');
    peer.send(pingOf(LIMITS.frameBytes));
    assert.equal((await peer.next((frame) => frame.id === 'big', 'the answer')).type, 'pong');
  },
  'reads a frame that arrives in fragments': async (world) => {
    const peer = await world.connect();
    peer.sentIds.add('ö');
    const bytes = Buffer.from('{"type":"ping","id":"ö"}');
    const cut = bytes.indexOf(0xc3) + 1;
    peer.socket.send(bytes.subarray(0, cut), { binary: false, fin: false });
    peer.socket.send(bytes.subarray(cut), { binary: false, fin: true });
    assert.equal((await peer.next((frame) => frame.id === 'ö', 'the answer')).type, 'pong');
  },
  'closes only the connection that broke the rules': async (world) => {
    const [good, bad] = [await world.join(), await world.connect()];
    bad.socket.send(Buffer.from([0]), { binary: true });
    await bad.closeCode();
    await good.peer.fence();
  },
  'is refused on any other path': async (world) => {
    const socket = new WebSocket(`${world.url}-elsewhere`);
    const [, response] = await once(socket, 'unexpected-response');
    socket.on('error', () => {}); // the error of a socket that ended before it opened
    socket.terminate();
    assert.ok(response.statusCode >= 400 && response.statusCode < 500, `status ${response.statusCode}`);
  },
});

/** A server pings every 25 s, so seeing a ping takes this long. */
const PING_MS = 25_000;
const LOST_MS = 60_000;
/** How late a heartbeat may be seen. */
const SLACK_MS = 10_000;

/** Protocol, section 1, last paragraph. */
export const heartbeat = section(
  '1.7',
  'Heartbeat',
  {
    'answers `ping` with `pong` before and after signing in': async (world) => {
      const peer = await world.connect();
      peer.send({ type: 'ping' });
      await peer.next('pong');
      await world.signUpOn(peer);
      peer.send({ type: 'ping' });
      await peer.next('pong');
    },
    'answers a WebSocket ping with its bytes': async (world) => {
      const peer = await world.connect();
      const pong = once(peer.socket, 'pong');
      peer.socket.ping('bytes');
      assert.equal(String((await pong)[0]), 'bytes');
    },
  },
  {
    'sends a WebSocket ping every 25 s': async (world) => {
      const peer = await world.connect();
      const signal = AbortSignal.timeout(2 * PING_MS + SLACK_MS);
      await once(peer.socket, 'ping', { signal });
      const first = performance.now();
      await once(peer.socket, 'ping', { signal });
      assert.ok(Math.abs(performance.now() - first - PING_MS) < SLACK_MS, 'pings are not 25 s apart');
    },
    'closes a connection that has not answered for 60 s': async (world) => {
      const peer = await world.connect({ autoPong: false });
      const start = performance.now();
      // A server that checks once per ping may notice the silence one round late.
      const signal = AbortSignal.timeout(LOST_MS + PING_MS + SLACK_MS);
      await once(peer.socket, 'close', { signal });
      assert.ok(performance.now() - start > LOST_MS - SLACK_MS, 'it was closed too early');
    },
  },
);
