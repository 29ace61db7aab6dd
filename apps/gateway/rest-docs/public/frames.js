// Shows the AsyncAPI document, and lets a person send its requests on a connection.
import { element, pretty, reader } from './document.js';

const API = await (await fetch('../asyncapi.json')).json();
const { resolve } = reader(API);
const CHANNEL = API.channels.ws;
/** The most lines of the log. Older ones go. */
const LOG_LINES = 200;

const log = document.querySelector('#log');
/** The connection, as long as there is one. */
let opened;

function note(text) {
  log.append(element('li', element('code', text)));
  if (log.childElementCount > LOG_LINES) log.firstElementChild.remove();
}

/** The open connection. Rejects when it cannot be opened. */
function connection() {
  if (opened !== undefined) return opened;
  const url = new URL(CHANNEL.address, location);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.addEventListener('message', ({ data }) => note(`← ${data}`));
  opened = new Promise((done, fail) => {
    socket.addEventListener('open', () => done(socket));
    socket.addEventListener('close', ({ code }) => {
      opened = undefined;
      note(`closed with ${code}`);
      fail(new Error(`The connection was closed with ${code}.`));
    });
  });
  return opened;
}

/** Sends what the form says. */
async function send(text) {
  const socket = await connection();
  socket.send(text);
  note(`→ ${text}`);
}

function formFor(example) {
  const body = element('textarea', JSON.stringify(example, undefined, 2), { 'aria-label': 'Frame' });
  const output = element('p', '', { role: 'status' });
  const form = element('form', [body, element('button', 'Send'), output]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    output.textContent = '';
    try {
      await send(JSON.stringify(JSON.parse(body.value)));
    } catch (error) {
      output.textContent = String(error);
    }
  });
  return form;
}

const schemaOf = ({ payload }) =>
  element('details', [element('summary', 'Schema'), pretty(resolve(payload))]);

const links = (messages) =>
  messages.flatMap((each) => {
    const { name } = resolve(each);
    return [' ', element('a', name, { href: `#frame-${name}` })];
  });

function requestIn({ description, security, messages, reply }) {
  const message = resolve(messages[0]);
  const { name, examples } = message;
  const [first, ...others] = examples.map(({ payload }) => payload);
  return element(
    'details',
    [
      element('summary', element('code', name)),
      ...description.split('\n\n').map((text) => element('p', text)),
      element('p', security ? 'Needs a signed-in connection.' : 'Needs no sign-in.'),
      element('p', ['Replies:', ...links(reply.messages)]),
      formFor({ id: 1, ...first }),
      ...others.map(pretty),
      schemaOf(message),
    ],
    { id: `request-${name}` },
  );
}

const frameIn = (message) =>
  element(
    'details',
    [
      element('summary', element('code', message.name)),
      element('p', message.summary),
      ...message.examples.map(({ payload }) => pretty(payload)),
      schemaOf(message),
    ],
    { id: `frame-${message.name}` },
  );

/** A table with a row for each entry: its name, and what `cells` makes of it. */
const table = (entries, cells) =>
  element(
    'table',
    Object.entries(entries).map(([name, entry]) =>
      element('tr', [
        element('th', name, { scope: 'row' }),
        ...cells(entry).map((cell) => element('td', String(cell))),
      ]),
    ),
  );

const section = (id, title, content) => element('section', [element('h2', title, { id }), ...content]);

const operations = Object.values(API.operations);
const requests = operations.filter(({ action }) => action === 'receive');
const asked = new Set(requests.map(({ messages }) => resolve(messages[0])));
const frames = Object.values(CHANNEL.messages)
  .map(resolve)
  .filter((message) => !asked.has(message));
const { 'x-errors': errors } = frames.find(({ name }) => name === 'error');

document.querySelector('#title').textContent = `${API.info.title} ${API.info.version}: frames`;
document.querySelector('#about').textContent = API.info.description;
document
  .querySelector('#document')
  .replaceChildren(
    section('requests', 'Requests', requests.map(requestIn)),
    section('frames', 'Frames from the server', frames.map(frameIn)),
    section('errors', 'Errors', [
      table(errors, ({ code, retryable, meaning }) => [code, retryable ? 'retryable' : '', meaning]),
    ]),
    section('close-codes', 'Close codes', [
      table(CHANNEL['x-close-codes'], ({ name, meaning }) => [name, meaning]),
    ]),
  );
