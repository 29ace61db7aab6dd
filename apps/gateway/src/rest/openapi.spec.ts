import { describe, expect, it } from '@jest/globals';
import { errorsOf, openApiDocument, REST_OPERATION_IDS, restOperation } from '@parley/protocol/rest';
import { Validator } from '@seriousme/openapi-schema-validator';

describe('the OpenAPI document', () => {
  const document = openApiDocument('1.2.3');

  it('is valid OpenAPI 3.1, by a public validator', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has every operation once, with all of its errors by their names', () => {
    const paths = document['paths'] as Record<string, Record<string, { operationId: string }>>;
    const listed = Object.values(paths).flatMap((item) => Object.values(item));
    expect(listed.map(({ operationId }) => operationId).sort()).toEqual([...REST_OPERATION_IDS].sort());
    for (const id of REST_OPERATION_IDS) {
      const operation = restOperation(id);
      const text = JSON.stringify(paths[operation.path]![operation.method.toLowerCase()]);
      for (const name of errorsOf(operation)) expect(text).toContain(`\`${name}\``);
    }
  });

  it('names the parameters that are in its paths, and no others', () => {
    for (const id of REST_OPERATION_IDS) {
      const { path, params } = restOperation(id);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(params?.shape ?? {}).sort()).toEqual(named.sort());
    }
  });
});
