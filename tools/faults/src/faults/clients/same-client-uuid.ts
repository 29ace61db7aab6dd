import type { ChatClient } from '@parley/client';
import { Scene } from '../../stage/scene.js';
import { chatClient } from '../../traffic/chat-client.js';
import type { Fault } from '../fault.js';

/** Posts in flight at the same time. */
const AT_ONCE = 10;

/** One message is sent over two gateways at once under one `clientUUID`, repeatedly. */
export const sameClientUuid: Fault = {
  name: 'same-client-uuid',
  run: async ({ short, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const times = short ? 50 : 1_000;
      const name = `twice-${scene.traffic.members[0]!.name}`;
      const [one, two] = scene.stage.urls.map((url) => chatClient(url));
      try {
        await one!.signUp(name, 'a password of two');
        await two!.signIn(name, 'a password of two');
        for (let first = 0; first < times; first += AT_ONCE) {
          const texts = Array.from({ length: AT_ONCE }, (_, index) => `${name}-${first + index}`);
          await Promise.all(texts.map((text) => postTwice(scene, [one!, two!], text)));
        }
        const account = await scene.settle();
        return [
          { fault: 'one `clientUUID` over two gateways at once', times, account, wellMs: [], claims: [] },
        ];
      } finally {
        one?.close();
        two?.close();
      }
    }),
};

/** Enters both answers into the ledger, which compares them. */
async function postTwice({ ledger }: Scene, clients: readonly ChatClient[], text: string): Promise<void> {
  ledger.posted();
  const acks = await Promise.all(clients.map((client) => client.post({}, text, { clientUUID: text })));
  for (const { UUID, ChannelUUID, Seq, CreatedAt } of acks) {
    const storedAt = Date.parse(CreatedAt);
    ledger.acked(text, { UUID, channelUUID: ChannelUUID, seq: Seq, storedAt });
  }
}
