import { z } from 'zod';
import type { ErrorName } from '../error-codes.js';
import { LIMITS } from '../limits.js';
import { type JsonSchema, namedSchemas, OPTIONS, SCHEMAS } from '../named-schemas.js';
import { ACT_AS, errorsOf, isWrite, REST_ROOT, type RestOperation } from './operation.js';
import { REST_OPERATION_IDS, restOperation } from './operations.js';
import { ERROR_STATUS, PROBLEM_TYPE } from './problem.js';
import { REST_SCHEMAS } from './schemas.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,64}$/;
/** The key of a write, as its header has it. */
export const idempotencyKey = z
  .string('expected a string')
  .regex(IDEMPOTENCY_KEY, 'expected 1 to 64 visible ASCII characters');

const RATE_HEADERS = {
  RateLimit: 'What is left of the budget (draft-ietf-httpapi-ratelimit-headers).',
  'RateLimit-Policy': 'The budget: requests, and the seconds in which it fills.',
};

const TARGET = 'draft-2020-12';

const NAMES = new Map<unknown, string>(Object.entries(REST_SCHEMAS).map(([name, schema]) => [schema, name]));

/** Refers to a schema that has a name in {@link REST_SCHEMAS}. */
function reference(schema: z.ZodType): JsonSchema {
  const name = NAMES.get(schema);
  if (name === undefined) throw new Error('Every body and every answer needs a name in REST_SCHEMAS.');
  return { $ref: SCHEMAS + name };
}

function parametersOf(place: 'path' | 'query', object: z.ZodObject | undefined): JsonSchema[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(object, { ...OPTIONS, target: TARGET });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

const headers = (names: Readonly<Record<string, string>>): JsonSchema =>
  Object.fromEntries(
    Object.entries(names).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

function headerParameters(operation: RestOperation): JsonSchema[] {
  const refs: string[] = [];
  if (isWrite(operation)) refs.push('IdempotencyKey');
  if (operation.hasETag) refs.push('IfNoneMatch');
  if (!operation.isOpen && operation.scope === undefined) refs.push('ActAs');
  return refs.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}

function success(operation: RestOperation): JsonSchema {
  const { answer, hasETag } = operation;
  return {
    description: 'Done',
    headers: headers({ ...RATE_HEADERS, ...(hasETag && { ETag: 'Names this state of what is read.' }) }),
    ...(answer && { content: { 'application/json': { schema: reference(answer) } } }),
  };
}

function responsesOf(operation: RestOperation): JsonSchema {
  const byStatus = new Map<number, ErrorName[]>();
  for (const name of errorsOf(operation)) {
    const status = ERROR_STATUS[name];
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  const content = { [PROBLEM_TYPE]: { schema: reference(REST_SCHEMAS.Problem) } };
  const problems = [...byStatus].map(([status, names]) => [
    String(status),
    { description: names.map((name) => `\`${name}\``).join(', '), content },
  ]);
  return {
    [operation.status]: success(operation),
    ...(operation.hasETag && { 304: { description: 'As it was: `If-None-Match` names this state.' } }),
    ...Object.fromEntries(problems),
    ...(operation.body && {
      413: { description: '`INVALID_FIELD`: the body is too large', content },
      415: { description: '`INVALID_FIELD`: the body is of another media type', content },
    }),
    431: { description: '`INVALID_FIELD`: the head is too large', content },
  };
}

/** OpenAPI names the scopes of any scheme since 3.1. */
function securityOf({ isOpen, scope }: RestOperation): JsonSchema[] {
  if (isOpen) return [];
  if (scope !== undefined) return [{ operatorKey: [scope] }];
  return [{ accessKey: [] }, { token: [] }, { botKey: [] }, { operatorKey: ['act'] }];
}

function operationObject(id: string, operation: RestOperation): JsonSchema {
  const { resource, summary, details, params, query, body } = operation;
  return {
    operationId: id,
    tags: [resource],
    summary,
    ...(details !== undefined && { description: details }),
    security: securityOf(operation),
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...headerParameters(operation),
    ],
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: reference(body) } } },
    }),
    responses: responsesOf(operation),
  };
}

function paths(): Record<string, JsonSchema> {
  const made: Record<string, JsonSchema> = {};
  for (const id of REST_OPERATION_IDS) {
    const operation = restOperation(id);
    const { path, method } = operation;
    made[path] = { ...made[path], [method.toLowerCase()]: operationObject(id, operation) };
  }
  return made;
}

const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'Names this write among yours. The same write sent again with it is done once.',
    schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
  },
  ActAs: {
    name: ACT_AS,
    in: 'header',
    description:
      "With an operator's key that has the scope `act`: the user as whom this is done, by UUID or as `external:<issuer>:<sub>`, " +
      'both percent-encoded.',
    schema: { type: 'string', maxLength: LIMITS.actAsCharacters },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of what you have.',
    schema: { type: 'string' },
  },
};

const DESCRIPTION =
  'What programs ask over HTTP. An operation does what the frame of its kind does over the WebSocket: the same rights, the same order, the ' +
  'same errors. Lists are read in pages: an answer with a `cursor` has a next one.';

/** The OpenAPI document of the REST API, made from the schemas that the gateway validates with. */
export function openApiDocument(version: string): JsonSchema {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Parley',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: REST_ROOT }],
    tags: [...new Set(REST_OPERATION_IDS.map((id) => restOperation(id).resource))].map((name) => ({ name })),
    paths: paths(),
    components: {
      schemas: namedSchemas(REST_SCHEMAS, TARGET),
      parameters: PARAMETERS,
      securitySchemes: {
        accessKey: { type: 'http', scheme: 'bearer', description: 'The access key of a session.' },
        token: {
          ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          description:
            'A token of the identity provider that the server trusts, if it trusts one. No session is opened.',
        },
        botKey: { type: 'http', scheme: 'bearer', description: 'The key of a bot: `pk_…`.' },
        operatorKey: {
          ...{ type: 'http', scheme: 'bearer' },
          description:
            'The key of an operator: `pk_…`. Each operation names the scope that the key must have.',
        },
      },
    },
  };
}
