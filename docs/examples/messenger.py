#!/usr/bin/env python3
"""A messenger on Parley's REST API: users, private messages and contacts, with Python's standard library alone.

    python3 docs/examples/messenger.py http://localhost:3000

makes two users, sends messages, and shows messages, contacts and users. Needs Python 3.8 or later. The API: docs/rest.md.

With an operator's key (--operator-key, or PARLEY_OPERATOR_KEY) that has the scopes act and users:write, it needs no passwords: it
provisions its users, and acts for them (docs/operators.md).
"""

import argparse
import json
import os
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

TRIES = 5
TIMEOUT_SECONDS = 30


class ApiError(Exception):
    """A problem that the server answered with; `name` is its contract (docs/rest.md#errors)."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('name')}: {problem.get('detail')}")
        self.name = problem.get("name")
        self.retryable = problem.get("retryable", False)
        self.retry_after = problem.get("retryAfterMs", 1000) / 1000


class Messenger:
    """Acts for the users that it has created.

    Keeps their access keys in memory, and their passwords nowhere. With an operator's key they have neither.
    """

    #: Who vouches for the users that an operator's key makes: they are theirs, and no identity provider's.
    ISSUER = "urn:example:messenger"

    def __init__(self, url="http://localhost:3000", operator_key=None):
        self._root = url.rstrip("/") + "/api/v1"
        self._operator_key = operator_key
        #: What signs each user in: an access key, or nothing where an operator's key acts for the user.
        self._keys = {}

    def create_user(self, username, password=None):
        """Creates a user and returns its id. Raises ValueError if the name is taken."""
        if self._operator_key is not None:
            return self._provision_user(username)
        credentials = {"username": username, "password": password or secrets.token_urlsafe(24)}
        try:
            user_id = self._write("POST", "/users", body=credentials)["UUID"]
        except ApiError as error:
            if error.name == "USERNAME_TAKEN":
                raise ValueError(f"The username {username!r} is taken.") from error
            raise
        self._keys[user_id] = self._write("POST", "/sessions", body=credentials)["accessKey"]
        return user_id

    def _provision_user(self, username):
        asked = {"users": [{"issuer": self.ISSUER, "sub": username.lower(), "name": username}]}
        user = self._write("PUT", "/admin/users", body=asked)["users"][0]
        if "error" in user:
            raise ApiError({"name": user["error"], "detail": user["message"]})
        if not user["created"]:
            raise ValueError(f"The username {username!r} is taken.")
        self._keys[user["userUUID"]] = None
        return user["userUUID"]

    def send_message(self, sender_id, receiver_id, message):
        """Sends a private message and returns its id. Sent again after a failure, it is still stored once."""
        return self._write("POST", f"/users/{receiver_id}/messages", sender_id, {"message": message})["UUID"]

    def list_user_messages(self, user_id):
        """Lists the private messages that a user has received, in the order of time."""
        received = self._items("/users/me/messages", user_id, "messages", limit=100)
        # The newest comes first.
        return [_message(message) for message in received][::-1]

    def mark_seen(self, user_id, sender_id):
        """Marks all that a user has received from another as seen. A position never goes back."""
        page = self._call("GET", f"/users/{sender_id}/messages?limit=1", user_id)
        if page["messages"]:
            seq = page["messages"][-1]["Seq"]
            self._write("PUT", f"/channels/{page['channelUUID']}/read", user_id, {"seq": seq})

    def list_all_users(self, as_user=None):
        """Lists all users in the order of registration."""
        key_of = as_user or next(iter(self._keys), None)
        return [_user(user) for user in self._items("/users", key_of, "users")]

    def add_contact(self, user_id, contact_id):
        self._write("PUT", f"/contacts/{contact_id}", user_id)

    def list_contacts(self, user_id):
        return [_user(user) for user in self._items("/contacts", user_id, "contacts")]

    def _items(self, path, user_id, field, **query):
        """All items of a list, page by page."""
        while True:
            text = urllib.parse.urlencode(query)
            page = self._call("GET", f"{path}?{text}" if text else path, user_id)
            yield from page[field]
            if "cursor" not in page:
                return
            query = {**query, "cursor": page["cursor"]}

    def _write(self, method, path, user_id=None, body=None):
        """A write has one key for all of its tries, so that it is done once."""
        return self._call(method, path, user_id, body, {"idempotency-key": str(uuid.uuid4())})

    def _credentials(self, user_id):
        if self._operator_key is not None:
            acting = {} if user_id is None else {"parley-act-as": user_id}
            return {"authorization": f"Bearer {self._operator_key}", **acting}
        return {} if user_id is None else {"authorization": f"Bearer {self._keys[user_id]}"}

    def _call(self, method, path, user_id=None, body=None, headers=None):
        headers = {**(headers or {}), **self._credentials(user_id)}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            headers["content-type"] = "application/json"
        request = urllib.request.Request(self._root + path, data, headers, method=method)
        for attempt in range(1, TRIES + 1):
            try:
                return _answer_to(request)
            except ApiError as error:
                if not error.retryable or attempt == TRIES:
                    raise
                time.sleep(error.retry_after)


def _answer_to(request):
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        try:
            problem = json.loads(error.read())
        except ValueError:
            problem = {"name": f"HTTP {error.code}", "detail": error.reason}
        raise ApiError(problem) from None
    return json.loads(text) if text else None


def _user(user):
    shown = {"user_id": user["UUID"], "username": user["Username"], "online": user["OnLine"]}
    # Contacts come without it, and so do users from before it was noted.
    if "createdAt" in user:
        shown["created_at"] = user["createdAt"]
    return shown


def _message(message):
    return {
        "message_id": message["UUID"],
        "sender_id": message["SenderUUID"],
        "receiver_id": message["RecipientUUID"],
        "timestamp": message["CreatedAt"],
        "message": message["Message"],
        "seen": message["seen"],
    }


def show(title, items):
    print(f"{title}:")
    for item in items:
        print(f"  {json.dumps(item, ensure_ascii=False)}")


def main():
    arguments = argparse.ArgumentParser(description="A messenger on Parley's REST API.")
    arguments.add_argument("url", nargs="?", default="http://localhost:3000")
    arguments.add_argument("--operator-key", default=os.environ.get("PARLEY_OPERATOR_KEY"))
    asked = arguments.parse_args()
    messenger = Messenger(asked.url, asked.operator_key)
    run = secrets.token_hex(3)
    alice = messenger.create_user(f"alice-{run}")
    bob = messenger.create_user(f"bob-{run}")
    try:
        messenger.create_user(f"alice-{run}")
    except ValueError as error:
        print(error)

    messenger.add_contact(alice, bob)
    messenger.send_message(alice, bob, "Hello Bob!")
    messenger.send_message(alice, bob, "How are you? 🙂")
    show("Messages of Bob", messenger.list_user_messages(bob))
    messenger.mark_seen(bob, alice)
    show("Messages of Bob, seen", messenger.list_user_messages(bob))
    messenger.send_message(bob, alice, "Hi Alice, I am fine.")
    show("Messages of Alice", messenger.list_user_messages(alice))
    show("Contacts of Alice", messenger.list_contacts(alice))
    show("Users", messenger.list_all_users())


if __name__ == "__main__":
    main()
