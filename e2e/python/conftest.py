"""What the tests know of the server: its address, a key per agent, and what arrived upstream."""

import json
import os
import subprocess
import urllib.error
import urllib.request
import uuid

import pytest

URL = os.environ["REEVE_URL"]
FILES = os.environ["TEST_FILES"]
KEYS = json.loads(os.environ["TEST_KEYS"])
PROMPT = 'say "one two three"'
SAID = "one two three"
TOOL_PROMPT = 'call tool weather with {"city":"Oslo"}'
SLOW_PROMPT = 'say "' + " ".join(f"word{n}" for n in range(2000)) + '"'
SECRET = "AKIAIOSFODNN7REALKEY"


def get_json(url, *, body=None, token=None, headers=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)
    if body is not None:
        request.add_header("content-type", "application/json")
    if token is not None:
        request.add_header("authorization", f"Bearer {token}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def api(path, body=None, method=None):
    """The control API, as an operator."""
    return get_json(URL + path, body=body, token=os.environ["REEVE_TOKEN"], method=method)


def act(key, tool, args, headers=None):
    """POST /actions; refusals come back as the parsed body."""
    try:
        return get_json(f"{URL}/actions", body={"tool": tool, "args": args}, token=key, headers=headers)
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def upstream():
    """What the simulated upstreams have received."""
    return get_json(os.environ["TEST_COUNTS_URL"])


def cli(*args):
    command = [*json.loads(os.environ["TEST_CLI"]), "--url", URL, *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def actions_of(run):
    return api(f"/api/runs/{run}")["actionList"]


@pytest.fixture
def run():
    """The name of a run that nobody else uses."""
    return f"py-{uuid.uuid4().hex}"


@pytest.fixture
def tags(run):
    return {"x-reeve-run": run, "x-reeve-feature": "python", "x-reeve-user": "noor"}


@pytest.fixture
def exhausted():
    """A key of an agent that has no call left today."""
    key = KEYS["counted"]
    body = {"model": "small", "messages": [{"role": "user", "content": "x"}]}
    for _ in range(40):
        try:
            get_json(f"{URL}/v1/chat/completions", body=body, token=key)
        except urllib.error.HTTPError as error:
            assert error.code == 403
            return key
    raise AssertionError("the cap of 25 calls did not hold")
