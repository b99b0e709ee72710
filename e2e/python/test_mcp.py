import pathlib

import httpx2
import pytest
from conftest import FILES, KEYS, URL, actions_of, api, upstream
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

MODES = ["auto", "legacy"]


def connect(path, mode, agent="helper", headers=None, key=None):
    http = httpx2.AsyncClient(headers={"authorization": f"Bearer {key or KEYS[agent]}", **(headers or {})}, timeout=30)
    return Client(streamable_http_client(URL + path, http_client=http), mode=mode)


def text_of(result):
    return "".join(block.text for block in result.content)


async def test_speaks_both_eras():
    async with connect("/mcp", "auto") as modern, connect("/mcp", "legacy") as legacy:
        assert modern.protocol_version == "2026-07-28"
        assert legacy.protocol_version < "2026"


@pytest.mark.parametrize("mode", MODES)
async def test_lists_what_the_agent_may_call(mode):
    async with connect("/mcp", mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert {"every.echo", "every.get-sum", "files.read_text_file", "orders.search"} <= names
    assert not {"files.write_file", "orders.refund"} & names
    async with connect("/mcp", mode, agent="clerk") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    assert "files.write_file" in names
    assert not [name for name in names if not name.startswith("files.")]


@pytest.mark.parametrize("mode", MODES)
async def test_reads(mode, run, tags):
    async with connect("/mcp", mode, headers=tags) as client:
        assert text_of(await client.call_tool("every.echo", {"message": "hi"})) == "Echo: hi"
        found = await client.call_tool("orders.search", {"customer": "noor"})
        assert "order-1" in text_of(found)
    async with connect("/mcp/files", mode, headers=tags) as client:
        assert text_of(await client.call_tool("read_text_file", {"path": f"{FILES}/note.txt"})) == "a note for agents"
    recorded = [(action["target"], action["outcome"]) for action in actions_of(run)]
    assert recorded == [
        ("every.echo", "succeeded"),
        ("orders.search", "succeeded"),
        ("files.read_text_file", "succeeded"),
    ]


@pytest.mark.parametrize("mode", MODES)
async def test_a_write_is_refused_by_policy_and_says_why(mode, run, tags):
    forbidden, permitted = pathlib.Path(FILES, f"{run}.txt"), pathlib.Path(FILES, "notes", f"{run}.txt")
    async with connect("/mcp", mode, agent="clerk", headers=tags) as client:
        refused = await client.call_tool("files.write_file", {"path": str(forbidden), "content": "x"})
        assert refused.is_error
        assert text_of(refused).startswith("policy_denied")
        assert "clerk" in text_of(refused)
        assert "reeve who-can" in text_of(refused)
        written = await client.call_tool("files.write_file", {"path": str(permitted), "content": "x"})
        assert not written.is_error
    assert not forbidden.exists()
    assert permitted.read_text() == "x"
    assert [action["outcome"] for action in actions_of(run)] == ["denied", "succeeded"]


@pytest.mark.parametrize("mode", MODES)
async def test_bad_arguments_are_named_before_anything_happens(mode, tags):
    before = upstream()["orders"]
    async with connect("/mcp", mode, headers=tags) as client:
        result = await client.call_tool("orders.search", {"customer": 5})
    assert result.is_error
    assert "arguments.customer must be of type string" in text_of(result)
    assert upstream()["orders"] == before


@pytest.mark.parametrize("mode", MODES)
async def test_an_unknown_key_is_refused_and_seen(mode):
    agent_name = f"py-mcp-stranger-{mode}"
    with pytest.raises(BaseException) as caught:
        async with connect("/mcp", mode, key="nobody-mcp", headers={"User-Agent": agent_name}) as client:
            await client.list_tools()
    assert caught.value is not None
    assert [shadow for shadow in api("/api/shadow-agents")["items"] if shadow["userAgent"] == agent_name]
