import { z } from 'zod';

/** A JSON Schema, of the draft that its document is made for. */
export type JsonSchema = Record<string, unknown>;

/** Where both kinds of documents keep what has a name. */
export const SCHEMAS = '#/components/schemas/';

/** Takes what only the wire's form of a value has: a number in a query is a text of digits. */
function asSeen({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  delete jsonSchema.$schema;
  delete jsonSchema.$id;
  if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
  if (jsonSchema.type === 'boolean') delete jsonSchema.enum;
}

/** How schemas are written down: what a sender may send, not what a reader makes of it. */
export const OPTIONS = { io: 'input', override: asSeen, unrepresentable: 'any' } as const;

/** JSON Schemas by their names. Where one holds another that has a name, it refers to it. */
export function namedSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  target: 'draft-2020-12' | 'draft-07',
): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { ...OPTIONS, target, uri: (id) => SCHEMAS + id });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _, $id: __, ...rest }]) => [id, rest]),
  );
}
