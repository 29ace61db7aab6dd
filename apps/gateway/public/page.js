/**
 * A plain client: it signs in and chats in the general channel. It shows other users' names and texts only through
 * textContent.
 */

const STORAGE_KEY = 'parley.session';
const LONGEST_PAUSE_MS = 10_000;
const PING_EVERY_MS = 20_000;
const MOST_MESSAGES_SHOWN = 500;
/** From this close code on, the server would refuse a reconnection too. */
const DO_NOT_RECONNECT = 4500;

const element = (id) => document.getElementById(id);

let socket;
let attempts = 0;
let heard = true;
let session = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? 'null');
let shownSeq = 0;
let channelEpoch;
const users = new Map();

const handlers = {
  ready: () => (session ? joinGeneral() : show('sign-in')),
  authorized: (frame) => {
    remember(frame.authorized);
    joinGeneral();
  },
  signOut: () => {
    remember(null);
    show('sign-in');
  },
  users: (frame) => {
    users.clear();
    for (const user of frame.users.users) users.set(user.UUID, user);
    showUsers();
  },
  channelJoin: (frame) => showHistory(frame.channelJoin),
  channelMessage: (frame) => showMessage(frame.channelMessage),
  sys: (frame) => (onSys[frame.sys.type] ?? ignore)(frame.sys[frame.sys.type]),
  error: (frame) => showError(frame.error),
};

const onSys = {
  signIn: ({ uuid, username }) => noteUser(uuid, username, true),
  signOut: ({ uuid, username }) => noteUser(uuid, username, false),
  channelEpoch: ({ epoch, from }) => {
    if (shownSeq > from) joinAgain();
    else channelEpoch = epoch;
  },
};

const ignore = () => {};

function connect() {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  socket = new WebSocket(url);
  socket.onopen = () => {
    attempts = 0;
    heard = true;
    state('connected');
  };
  socket.onmessage = ({ data }) => {
    heard = true;
    const frame = JSON.parse(data);
    (handlers[frame.type] ?? ignore)(frame);
  };
  socket.onclose = ({ code }) => {
    if (code >= DO_NOT_RECONNECT) return state('disconnected');
    reconnect();
  };
}

/** Waits longer each time, for a random time, so that a restarted server does not meet all clients at once. */
function reconnect() {
  attempts += 1;
  const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** attempts) * (0.5 + Math.random() / 2);
  state('reconnecting…');
  setTimeout(connect, pause);
}

/** A browser does not show the server's pings to the page, so the page sends its own. */
setInterval(() => {
  if (socket.readyState !== WebSocket.OPEN) return;
  if (!heard) return socket.close();
  heard = false;
  send('ping');
}, PING_EVERY_MS);

function send(type, payload = {}, id) {
  if (socket.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify({ type, id, ...session, [type]: payload }));
  return true;
}

/** The pair of user and key signs the new connection in, whichever gateway it reaches. */
function joinGeneral() {
  show('chat');
  send('users');
  joinAgain();
}

/** With an id, so that the server tells when messages that are shown here were lost. */
function joinAgain() {
  send('channelJoin', { limit: 100, order: 'asc' }, 'join');
}

function remember(authorized) {
  session = authorized && { userUUID: authorized.userUUID, accessKey: authorized.accessKey };
  if (session) sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
  else sessionStorage.removeItem(STORAGE_KEY);
}

function showError({ name, message, retryAfterMs }) {
  if (name === 'NOT_SIGNED_IN' || name === 'SESSION_EXPIRED') {
    remember(null);
    show('sign-in');
  }
  const wait = retryAfterMs ? ` Try again in ${Math.ceil(retryAfterMs / 1000)} s.` : '';
  element('error').textContent = message + wait;
  element('error').hidden = false;
}

function show(part) {
  for (const id of ['sign-in', 'chat']) element(id).hidden = id !== part;
  element('sign-out').hidden = part !== 'chat';
  element('error').hidden = true;
}

function state(text) {
  element('state').textContent = text;
}

function noteUser(UUID, Username, OnLine) {
  users.set(UUID, { UUID, Username, OnLine });
  showUsers();
}

function showUsers() {
  const sorted = [...users.values()].sort(
    (a, b) => b.OnLine - a.OnLine || a.Username.localeCompare(b.Username),
  );
  element('users').replaceChildren(...sorted.map(userItem));
}

function userItem({ Username, OnLine }) {
  const item = document.createElement('li');
  item.textContent = Username;
  item.className = OnLine ? 'online' : 'offline';
  item.title = OnLine ? 'online' : 'offline';
  return item;
}

function showHistory({ messages, epoch }) {
  if (epoch !== channelEpoch) {
    element('messages').replaceChildren();
    shownSeq = 0;
    channelEpoch = epoch;
  }
  for (const message of messages) showMessage(message);
}

function showMessage({ Sender, Message, CreatedAt, Seq }) {
  if (Seq <= shownSeq) return;
  shownSeq = Seq;
  const list = element('messages');
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(messageItem(Sender.Username, Message, CreatedAt));
  while (list.childElementCount > MOST_MESSAGES_SHOWN) list.firstElementChild.remove();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

function messageItem(username, text, createdAt) {
  const item = document.createElement('li');
  const time = document.createElement('time');
  const name = document.createElement('b');
  time.dateTime = createdAt;
  time.textContent = new Date(createdAt).toLocaleTimeString();
  name.textContent = username;
  item.append(time, name, text);
  return item;
}

element('sign-in').onsubmit = (event) => {
  event.preventDefault();
  element('error').hidden = true;
  send('signIn', { username: element('username').value, password: element('password').value });
  element('password').value = '';
};

element('sign-out').onclick = () => send('signOut');

element('post').onsubmit = (event) => {
  event.preventDefault();
  element('error').hidden = true;
  if (send('channelMessage', { message: element('message').value })) element('message').value = '';
};

connect();
