import { describe, expect, it } from '@jest/globals';
import { actAsIn } from './act-as.js';

const UUID = '7b8e0f5e-6d1c-4f6a-9a3e-000000000001';
const read = (text: string) => actAsIn({ 'parley-act-as': text });

describe('Parley-Act-As', () => {
  it('names a user by UUID in any letter case, or not at all', () => {
    expect(read(UUID.toUpperCase())).toEqual({ userUUID: UUID });
    expect(actAsIn({})).toBeUndefined();
  });

  it.each([
    ['external:https://id.example/realms/a:42', { issuer: 'https://id.example/realms/a', subject: '42' }],
    ['external:urn%3Aid:auth0%7C1%3A2', { issuer: 'urn:id', subject: 'auth0|1:2' }],
    ['external::%C3%BC', { subject: 'ü' }],
  ])('names a user of an identity provider: %s', (text, external) => {
    expect(read(text)).toEqual(external);
  });

  it.each([
    '',
    'ada',
    'external:42',
    'external:a:',
    'external:a:%',
    `${UUID}, ${UUID}`,
    `external:a:${'b'.repeat(1_024)}`,
  ])('is refused where it is %j', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ name: 'INVALID_FIELD' }));
  });
});
