// Shows the OpenAPI document, and lets a person call its operations with an access key.
import { element, pretty, reader } from './document.js';

const API = await (await fetch('openapi.json')).json();
const { resolve, exampleOf } = reader(API);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const schemaIn = (message) => Object.values(resolve(message)?.content ?? {})[0]?.schema;

function responsesTable(responses) {
  const rows = Object.entries(responses).map(([status, response]) =>
    element('tr', [element('th', status, { scope: 'row' }), element('td', resolve(response).description)]),
  );
  return element('table', rows);
}

/** Fields for the parameters, by their names. */
function parameterFields(parameters) {
  const fields = parameters.map(resolve).map(({ name, in: place, required, description }) => {
    const input = element('input', [], { name: `${place} ${name}` });
    if (required) input.required = true;
    const label = element('td', [name, required ? ' *' : ''], { title: description ?? '' });
    return { place, name, input, row: element('tr', [label, element('td', place), element('td', input)]) };
  });
  return {
    fields,
    table: element(
      'table',
      fields.map(({ row }) => row),
    ),
  };
}

/** Sends what the form says. */
async function call({ method, path, fields, body }) {
  const headers = {};
  const query = new URLSearchParams();
  let route = path;
  for (const { place, name, input } of fields) {
    if (place === 'path') route = route.replace(`{${name}}`, encodeURIComponent(input.value));
    else if (input.value === '') continue;
    else if (place === 'query') query.set(name, input.value);
    else headers[name] = input.value;
  }
  const key = document.querySelector('#access-key').value;
  if (key) headers.authorization = `Bearer ${key}`;
  if (body) headers['content-type'] = 'application/json';
  const url = `${API.servers[0].url}${route}${query.size > 0 ? `?${query}` : ''}`;
  const answer = await fetch(url, { method: method.toUpperCase(), headers, body: body?.value });
  const text = await answer.text();
  return `${answer.status} ${answer.statusText}\n\n${text === '' ? '' : JSON.stringify(JSON.parse(text), undefined, 2)}`;
}

function formFor(path, method, { parameters, requestBody }) {
  const { fields, table } = parameterFields(parameters);
  const schema = schemaIn(requestBody);
  const body =
    schema && element('textarea', JSON.stringify(exampleOf(schema), undefined, 2), { 'aria-label': 'Body' });
  const output = element('pre', '', { role: 'status' });
  const form = element('form', [table, ...(body ? [body] : []), element('button', 'Send'), output]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    output.textContent = await call({ method, path, fields, body }).catch((error) => String(error));
  });
  return form;
}

function operationIn(path, method, operation) {
  const { operationId, summary, description, responses } = operation;
  const answer = schemaIn(Object.values(responses)[0]);
  return element('details', [
    element('summary', [
      element('span', method.toUpperCase(), { class: 'method' }),
      element('code', path),
      ` ${summary}`,
    ]),
    element('p', `${operationId}${description === undefined ? '' : `: ${description}`}`),
    formFor(path, method, operation),
    element('h3', 'Answers'),
    responsesTable(responses),
    ...(answer ? [pretty(exampleOf(answer))] : []),
  ]);
}

function sectionOf(tag) {
  const operations = Object.entries(API.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]?.tags.includes(tag)).map((method) =>
      operationIn(path, method, item[method]),
    ),
  );
  return element('section', [element('h2', tag, { id: tag }), ...operations]);
}

document.querySelector('#title').textContent = `${API.info.title} ${API.info.version}: REST API`;
document.querySelector('#about').textContent = API.info.description;
document
  .querySelector('#resources')
  .append(...API.tags.map(({ name }) => element('a', name, { href: `#${name}` })));
document.querySelector('#operations').replaceChildren(...API.tags.map(({ name }) => sectionOf(name)));
