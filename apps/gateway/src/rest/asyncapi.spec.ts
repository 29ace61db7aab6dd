import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import {
  CLOSE_CODES,
  decodeRequest,
  decodeServerFrame,
  ERRORS,
  requestPayloads,
  serverPayloads,
} from '@parley/protocol';
import { asyncApiDocument } from '@parley/protocol/asyncapi';
import { Ajv } from 'ajv';

type Json = Record<string, unknown>;

interface Message {
  readonly name: string;
  readonly payload: { readonly $ref: string };
  readonly examples: readonly { readonly payload: Json }[];
}

interface Operation {
  readonly action: 'send' | 'receive';
  readonly messages: readonly { readonly $ref: string }[];
  readonly reply?: { readonly messages: readonly { readonly $ref: string }[] };
}

const document = asyncApiDocument('1.2.3');
const components = document['components'] as { messages: Record<string, Message> };
const messages = Object.entries(components.messages);
const operations = Object.values(document['operations'] as Record<string, Operation>);

/** What AsyncAPI's authors publish to check documents with; without ids, which would hide the meta-schema that Ajv has. */
const specification = (): Json =>
  JSON.parse(
    readFileSync(
      createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'),
      'utf8',
    ),
  );

/** What a reference within the document stands for. */
const resolve = ($ref: string): unknown =>
  $ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((place, key) => (place as Json | undefined)?.[key], document);

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === '$ref' && typeof each === 'string' ? [each] : referencesIn(each),
  );
}

describe('the AsyncAPI document', () => {
  const typesOf = (suffix: string): string[] =>
    messages.filter(([key]) => key.endsWith(suffix)).map(([, { name }]) => name);

  it("is valid AsyncAPI 3.0, by the specification's own schema", () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(specification());
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, channels: { ws: { adress: '/ws' } } })).toBe(false);
  });

  it('refers to nothing that it does not have', () => {
    expect(referencesIn(document).filter((each) => resolve(each) === undefined)).toEqual([]);
  });

  it('has one message for every frame of the protocol, and an operation that uses it', () => {
    expect(typesOf('Request')).toEqual(Object.keys(requestPayloads));
    expect(typesOf('Frame')).toEqual(Object.keys(serverPayloads));
    const used = operations.flatMap(({ messages: own, reply }) => [...own, ...(reply?.messages ?? [])]);
    const names = new Set(used.map(({ $ref }) => $ref.slice('#/channels/ws/messages/'.length)));
    expect([...names].sort()).toEqual(Object.keys(components.messages).sort());
  });

  it('has every error and every close code', () => {
    const { name } = resolve('#/components/schemas/ErrorFrame/properties/error/properties') as Json as {
      name: { enum: string[] };
    };
    expect(name.enum).toEqual(Object.keys(ERRORS));
    expect(Object.keys(resolve('#/components/messages/ErrorFrame/x-errors') as Json)).toEqual(
      Object.keys(ERRORS),
    );
    const closeCodes = Object.values(CLOSE_CODES).map(String).sort();
    expect(Object.keys(resolve('#/channels/ws/x-close-codes') as Json).sort()).toEqual(closeCodes);
  });

  it('shows examples that its own schemas and the code accept', () => {
    const ajv = new Ajv({ strict: false });
    ajv.addSchema(document, 'asyncapi');
    for (const [key, { payload, examples }] of messages) {
      const validate = ajv.compile({ $ref: `asyncapi${payload.$ref}` });
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        validate(example.payload);
        expect([key, validate.errors]).toEqual([key, null]);
        const text = JSON.stringify(example.payload);
        if (key.endsWith('Request')) expect([key, decodeRequest(text).error]).toEqual([key, undefined]);
        else expect(() => decodeServerFrame(text)).not.toThrow();
      }
    }
  });
});
