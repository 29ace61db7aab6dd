import { expect, it } from '@jest/globals';
import { v5, v7 } from 'uuid';
import { nameSpace, nameUUID } from './name-uuid.js';

it('is the UUID of version 5 of a name, whatever the name', () => {
  const space = v7();
  const names = ['', 'general', 'Zürich 🏔', ...Array.from({ length: 200 }, () => v7())];
  expect(names.map((name) => nameUUID(name, nameSpace(space)))).toEqual(names.map((name) => v5(name, space)));
});
