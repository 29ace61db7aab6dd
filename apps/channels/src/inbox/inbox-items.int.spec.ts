import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ContactsChanged, type Identity, inboxId } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { groupWorld } from '../fixtures/group-world.js';
import { newUser } from '../fixtures/people.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { ContactItems } from './contact-items.js';

type Item = ServerFrameOf<'inboxItem'>['inboxItem'];

describe('an inbox', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  const itemsOf = async ({ UUID }: Identity): Promise<Item[]> => {
    const { frames } = await lab.logs().page(inboxId(UUID), { after: 0 });
    return frames.map(({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem);
  };

  describe('of a user who is invited or removed', () => {
    it('gets an item for each, live too, but not for what the user does alone', async () => {
      const { person, make, add, memberships, join } = groupWorld(lab);
      const [ada, bob, eve] = [person(), person(), person()];
      const frames = await lab.frames(inboxId(bob.UUID));
      const channelUUID = await make(ada, false);
      await add(ada, channelUUID, bob, eve);
      await add(ada, channelUUID, bob);
      await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: false });
      await join(bob, channelUUID);
      await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: true });
      const by = ada.UUID;
      const items = [
        { seq: 1, kind: 'invite', channelUUID, by },
        { seq: 2, kind: 'kick', channelUUID, by },
        { seq: 3, kind: 'kick', channelUUID, by, ban: true },
      ];
      expect(await itemsOf(bob)).toEqual(items);
      expect(await frames.settled()).toEqual(items.map((inboxItem) => ({ type: 'inboxItem', inboxItem })));
      await memberships.kick({ user: eve, channelUUID, userUUID: eve.UUID, ban: false });
      expect(await itemsOf(eve)).toMatchObject([{ kind: 'invite' }]);
      expect(await itemsOf(ada)).toEqual([]);
    });

    it('gets none of a group that bans one who was no member', async () => {
      const { person, make, memberships } = groupWorld(lab);
      const [ada, bob] = [person(), person()];
      const channelUUID = await make(ada);
      await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: true });
      expect(await itemsOf(bob)).toEqual([]);
    });

    it.each(['again', 'after its deadline'])(
      'gets one item for a request that is handled %s, and it is put in where the first time did not come to it',
      async (how) => {
        const { person, make, memberships, people } = groupWorld(lab);
        const [ada, bob, eve] = [person(), person(), person()];
        const channelUUID = await make(ada);
        const [invitation, removal] = [randomUUID(), randomUUID()];
        const users = { channelUUID, userUUIDs: [bob.UUID, eve.UUID] };
        const dying = lab.groupMembers(people.directory());
        const dies = () => Promise.resolve();
        Object.assign(dying, { inboxes: { tellInTheEnd: dies, markSeen: dies } });
        const asking = (id: string) => ({ ...NEVER_LATE, id });
        const replicas = [dying, memberships, memberships];
        for (const [time, replica] of replicas.entries()) {
          if (time === 0 || how === 'again')
            await replica.invite({ user: ada, ...users }, asking(invitation));
          else await replica.completeInvitation({ user: ada, ...users }, invitation);
        }
        expect(await itemsOf(bob)).toMatchObject([{ kind: 'invite' }]);
        expect(await itemsOf(eve)).toMatchObject([{ kind: 'invite' }]);
        const kick = { user: ada, channelUUID, userUUID: bob.UUID, ban: false };
        for (const [time, replica] of replicas.entries()) {
          const deadline = time === 0 || how === 'again' ? NEVER_LATE.deadline : 0;
          expect(await replica.kick(kick, { deadline, id: removal })).toEqual({ seq: 3 });
        }
        expect(await itemsOf(bob)).toMatchObject([{ kind: 'invite' }, { kind: 'kick', by: ada.UUID }]);
      },
    );

    it('gets nothing for a request that was never handled when its deadline passed', async () => {
      const { person, make, memberships, roles } = groupWorld(lab);
      const [ada, bob] = [person(), person()];
      const channelUUID = await make(ada);
      const invitation = memberships.completeInvitation(
        { user: ada, channelUUID, userUUIDs: [bob.UUID] },
        randomUUID(),
      );
      await expect(invitation).rejects.toMatchObject({ name: 'UNAVAILABLE' });
      expect(Object.keys(await roles(ada, channelUUID))).toEqual([ada.UUID]);
      expect(await itemsOf(bob)).toEqual([]);
    });
  });

  describe('of a user who is added as a contact', () => {
    const [ada, bob] = [newUser(), newUser()];
    const contacts = () => new ContactItems(lab.inboxService(), lab.blocks());
    const change = (kind: ContactsChanged['change'], by = ada, other = bob, key: string = randomUUID()) =>
      contacts().changed({ userUUID: by.UUID, otherUUID: other.UUID, change: kind }, key);

    it('gets an item, and the one who changes a list gets one for each change, once per request', async () => {
      for (const kind of ['contactAdd', 'contactRemove', 'block', 'unblock'] as const) {
        const key = randomUUID();
        for (let time = 0; time < 2; time += 1) await change(kind, ada, bob, key);
      }
      await change('contactAdd');
      const item = { kind: 'contact', channelUUID: '', by: ada.UUID, userUUID: bob.UUID };
      expect(await itemsOf(bob)).toEqual([{ seq: 1, ...item, change: 'contactAdd' }]);
      expect(await itemsOf(ada)).toEqual(
        ['contactAdd', 'contactRemove', 'block', 'unblock', 'contactAdd'].map((each, at) => ({
          ...{ seq: at + 1, ...item, change: each },
        })),
      );
    });

    it('gets none from one whom the user blocks', async () => {
      const [eve, carol] = [newUser(), newUser()];
      const block = { user: carol.UUID, partner: eve.UUID };
      await lab.blocks().note(block, randomUUID(), NEVER_LATE.deadline);
      await change('contactAdd', eve, carol);
      expect(await itemsOf(carol)).toEqual([]);
      expect(await itemsOf(eve)).toHaveLength(1);
    });
  });
});
