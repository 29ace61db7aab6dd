import { describe, expect, it } from '@jest/globals';
import { selfShares } from './profile.js';

const node = (id: number, functionName: string, url: string, hitCount?: number) => ({
  id,
  callFrame: { functionName, url, lineNumber: 1 },
  hitCount,
});

describe('a profile', () => {
  it('tells the share of each function by name and file, without what was idle', () => {
    const shares = selfShares({
      nodes: [
        node(1, '(root)', '', 0),
        node(2, '(idle)', '', 900),
        node(3, 'writev', '', 60),
        node(4, 'deliver', 'file:///srv/parley/apps/gateway/dist/hub.js', 30),
        node(5, 'deliver', 'file:///srv/parley/apps/gateway/dist/hub.js', 5),
        node(6, '', 'file:///srv/parley/node_modules/@scope/name/lib/a.js', 5),
      ],
    });
    expect(shares).toEqual({ writev: 0.6, 'deliver hub.js': 0.35, '(anonymous) @scope/name': 0.05 });
  });
});
