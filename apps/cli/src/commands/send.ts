import { createInterface } from 'node:readline';
import type { Payload, Target } from '@parley/client';
import type { Call, Command } from '../command.js';
import { UsageError } from '../exit-codes.js';
import { readAll } from '../session/ask.js';
import { placeOf } from '../session/places.js';
import { type SignedIn, signedIn } from '../session/signed-in.js';
import { within } from '../session/within.js';

/** An acknowledgement, without what only the wire needs. */
const stored = ({ UUID, Seq, ChannelUUID, CreatedAt }: Payload<'ack'>) => ({
  UUID,
  Seq,
  ChannelUUID,
  CreatedAt,
});

async function send(call: Call): Promise<void> {
  const [channel, ...words] = call.args as [string, ...string[]];
  const isLines = call.options['lines'] === true;
  if (isLines && words.length > 0)
    throw new UsageError('send --lines: expected the messages on standard input');
  if (isLines) return sendLines(call, channel);
  const text = words.length > 0 ? words.join(' ') : await readAll(call.io.input);
  if (text === '') throw new UsageError('send: expected a message');
  await signedIn(call, async (session) => {
    const { target } = await placeOf(channel, session);
    await call.printer.say(stored(await session.client.post(target, text)), '');
  });
}

/** Each line that comes is a message. The next one is read when this one is stored, so that nothing piles up here. */
async function sendLines(call: Call, channel: string): Promise<void> {
  const work = async (session: SignedIn) => {
    const { target } = await within(call.timeoutMs, placeOf(channel, session));
    for await (const line of createInterface({ input: call.io.input }))
      if (line !== '') await sendOne(call, session, target, line);
  };
  await signedIn(call, work, { endless: true });
}

async function sendOne(call: Call, { client }: SignedIn, target: Target, line: string): Promise<void> {
  const ack = await within(call.timeoutMs, client.post(target, line));
  await call.printer.say(stored(ack), '');
}

/** The command that sends. */
export const SEND_COMMANDS: readonly Command[] = [
  {
    name: 'send',
    args: ['CHANNEL', '[TEXT…]'],
    options: {
      lines: { type: 'boolean', does: 'sends each line of standard input as a message of its own' },
    },
    does: 'sends a message, from standard input without TEXT; it is stored when the command ends',
    json: '`{UUID, Seq, ChannelUUID, CreatedAt}`, with `--lines` one for each message',
    run: send,
  },
];
