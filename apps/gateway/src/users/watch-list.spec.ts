import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusedWatches } from '../metrics.js';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { WatchList } from './watch-list.js';

const connections = Array.from({ length: 3 }, () => fakeConnection().connection);
const [one, two, three] = connections as [
  (typeof connections)[0],
  (typeof connections)[0],
  (typeof connections)[0],
];

describe('WatchList', () => {
  let changes: string[];
  let list: WatchList;
  beforeEach(() => {
    changes = [];
    list = new WatchList({ perUser: 3, inAll: 4 }, (userUUID, isWatched) =>
      changes.push(`${isWatched ? '+' : '-'}${userUUID}`),
    );
  });

  const refused = async (): Promise<Record<string, number>> => {
    const { values } = await refusedWatches.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['bound'], value]));
  };

  it('finds the connections of those who watch a user', () => {
    list.enter('ada', one);
    list.enter('ada', two);
    list.enter('bob', three);
    list.set('ada', ['cy', 'dee']);
    list.set('bob', ['dee']);
    expect(list.connectionsFor('cy')).toEqual([one, two]);
    expect(list.connectionsFor('dee')).toEqual([one, two, three]);
    expect(list.connectionsFor('ada')).toEqual([]);
    expect(changes).toEqual(['+cy', '+dee']);
  });

  it('watches a user as long as anybody here does', () => {
    list.enter('ada', one);
    list.enter('ada', two);
    list.enter('bob', three);
    list.set('ada', ['cy']);
    list.set('bob', ['cy']);
    list.leave('ada', one);
    list.leave('bob', three);
    expect(changes).toEqual(['+cy']);
    list.leave('ada', two);
    expect(changes).toEqual(['+cy', '-cy']);
    expect([list.size, list.has('ada')]).toEqual([0, false]);
  });

  it('follows what the sources know, and keeps whom the user has met', () => {
    list.enter('ada', one);
    list.meet('ada', 'met');
    list.set('ada', ['cy', 'dee']);
    list.set('ada', ['dee']);
    expect(changes).toEqual(['+met', '+cy', '+dee', '-cy']);
    expect(list.connectionsFor('met')).toEqual([one]);
  });

  it('never watches a user for themselves, nor for one who has no connection here', () => {
    list.enter('ada', one);
    list.set('ada', ['ada']);
    list.meet('ada', 'ada');
    list.set('bob', ['cy']);
    list.meet('bob', 'cy');
    expect(changes).toEqual([]);
  });

  it('refuses and counts what exceeds the bound of a user or of the gateway', async () => {
    const before = await refused();
    list.enter('ada', one);
    list.enter('bob', two);
    list.set('ada', ['1', '2', '3', '4']);
    list.set('bob', ['1', '5', '6']);
    expect(changes).toEqual(['+1', '+2', '+3', '+5']);
    expect(list.connectionsFor('1')).toEqual([one, two]);
    const after = await refused();
    expect(after['user']! - (before['user'] ?? 0)).toBe(1);
    expect(after['gateway']! - (before['gateway'] ?? 0)).toBe(1);
  });

  it('knows which connection speaks for its user', () => {
    expect(list.enter('ada', one)).toBe(true);
    expect(list.enter('ada', two)).toBe(false);
    expect([one, two].map((each) => list.isFirstOf('ada', each))).toEqual([true, false]);
    list.leave('ada', one);
    expect(list.isFirstOf('ada', two)).toBe(true);
  });
});
