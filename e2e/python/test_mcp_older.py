from conftest import FILES, KEYS, URL, actions_of
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def with_session(path, tags, use, agent="helper"):
    headers = {"authorization": f"Bearer {KEYS[agent]}", **tags}
    async with streamablehttp_client(URL + path, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            return await use(session)


async def test_lists_and_reads(tags, run):
    async def use(session):
        names = {tool.name for tool in (await session.list_tools()).tools}
        return names, await session.call_tool("files.read_text_file", {"path": f"{FILES}/note.txt"})

    names, read = await with_session("/mcp", tags, use)
    assert "every.echo" in names
    assert "files.write_file" not in names
    assert read.content[0].text == "a note for agents"
    assert [action["outcome"] for action in actions_of(run)] == ["succeeded"]


async def test_a_write_is_refused_by_policy_and_says_why(tags, run):
    async def use(session):
        return await session.call_tool("write_file", {"path": f"{FILES}/{run}.txt", "content": "x"})

    refused = await with_session("/mcp/files", tags, use, agent="clerk")
    assert refused.isError
    assert refused.content[0].text.startswith("policy_denied")
    assert [action["outcome"] for action in actions_of(run)] == ["denied"]
