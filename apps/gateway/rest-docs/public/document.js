// What both pages need to show a document.

/** An element with text or children. */
export function element(name, content = [], attributes = {}) {
  const made = document.createElement(name);
  made.append(...(Array.isArray(content) ? content : [content]));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export const pretty = (value) => element('pre', JSON.stringify(value, undefined, 2));

/** Reads the parts of a document. */
export function reader(whole) {
  /** What a reference stands for. */
  function resolve(value) {
    if (typeof value?.$ref !== 'string') return value;
    const place = value.$ref
      .slice(2)
      .split('/')
      .reduce((part, key) => part[key], whole);
    return resolve(place);
  }

  /** An example of what a schema describes. */
  function exampleOf(schema) {
    const { type, properties, items, anyOf, enum: values, const: only } = resolve(schema) ?? {};
    if (only !== undefined) return only;
    if (values) return values[0];
    if (anyOf) return exampleOf(anyOf[0]);
    if (type === 'object')
      return Object.fromEntries(
        Object.entries(properties ?? {}).map(([key, each]) => [key, exampleOf(each)]),
      );
    if (type === 'array') return [exampleOf(items)];
    if (type === 'integer' || type === 'number') return 0;
    return type === 'boolean' ? false : type === 'string' ? '' : null;
  }

  return { resolve, exampleOf };
}
