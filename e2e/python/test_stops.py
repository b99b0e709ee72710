import asyncio
import time

import anthropic
import openai
import pytest
from conftest import KEYS, SLOW_PROMPT, URL, actions_of, api, upstream
from google import genai
from google.genai import errors, types

ASK = [{"role": "user", "content": SLOW_PROMPT}]


@pytest.fixture
def stop():
    """Stops a target, and resumes it whatever the test does."""
    stopped = []

    def order(target):
        stopped.append(target)
        return api("/api/stops", {"target": target, "reason": "it runs away"})

    yield order
    standing = [stop["target"] for stop in api("/api/stops")["items"]]
    for target in stopped:
        if target in standing:
            api("/api/stops/lift", {"target": target})


def is_over(run, outcome):
    return [action["outcome"] for action in actions_of(run)] == [outcome]


async def until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


async def test_a_stop_ends_an_open_openai_stream(run, stop):
    aborted = upstream()["aborted"]
    client = openai.AsyncOpenAI(api_key=KEYS["runaway"], base_url=f"{URL}/v1", default_headers={"x-reeve-run": run})
    stream = await client.chat.completions.create(model="sim/sim-slow-stream", messages=ASK, stream=True)
    seen = 0
    with pytest.raises(openai.APIError) as caught:
        async for _ in stream:
            seen += 1
            if seen == 3:
                order = await asyncio.to_thread(stop, {"kind": "agent", "name": "runaway"})
    assert caught.value.code == "agent_suspended"
    assert order["abortedInFlight"] == 1
    assert seen < 1000
    await until(lambda: upstream()["aborted"] > aborted)
    await until(lambda: is_over(run, "stopped"))


async def test_a_stopped_run_ends_an_open_anthropic_stream_and_refuses_what_follows(run, stop):
    options = {"api_key": KEYS["runaway"], "base_url": f"{URL}/anthropic", "default_headers": {"x-reeve-run": run}}
    client = anthropic.AsyncAnthropic(**options)
    asked = {"model": "anthropic/sim-slow-stream", "max_tokens": 4000, "messages": ASK}
    seen = 0
    with pytest.raises(anthropic.APIError):
        async with client.messages.stream(**asked) as stream:
            async for _ in stream:
                seen += 1
                if seen == 5:
                    run_id = (await asyncio.to_thread(api, f"/api/runs/{run}"))["id"]
                    await asyncio.to_thread(stop, {"kind": "run", "id": run_id})
    await until(lambda: is_over(run, "stopped"))
    before = upstream()["models"]
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        await client.messages.create(**{**asked, "model": "claude"})
    assert caught.value.body["error"]["details"]["error_code"] == "run_stopped"
    assert "it runs away" in caught.value.message or "reeve resume" in caught.value.message
    assert upstream()["models"] == before


async def test_a_stop_ends_an_open_gemini_stream(run, stop):
    options = types.HttpOptions(base_url=f"{URL}/gemini", headers={"x-reeve-run": run})
    client = genai.Client(api_key=KEYS["runaway"], http_options=options)
    seen = 0
    with pytest.raises(errors.APIError) as caught:
        asked = {"model": "gemini/sim-slow-stream", "contents": SLOW_PROMPT}
        async for _ in await client.aio.models.generate_content_stream(**asked):
            seen += 1
            if seen == 3:
                await asyncio.to_thread(stop, {"kind": "agent", "name": "runaway"})
    assert "agent_suspended" in str(caught.value.details)
    await until(lambda: is_over(run, "stopped"))


async def test_a_stop_ends_an_open_responses_stream(run, stop):
    client = openai.AsyncOpenAI(api_key=KEYS["runaway"], base_url=f"{URL}/v1", default_headers={"x-reeve-run": run})
    stream = await client.responses.create(model="sim/sim-slow-stream", input=SLOW_PROMPT, stream=True)
    seen = []
    with pytest.raises(openai.APIError) as caught:
        async for event in stream:
            seen.append(event.type)
            if len(seen) == 6:
                await asyncio.to_thread(stop, {"kind": "agent", "name": "runaway"})
    assert caught.value.code == "agent_suspended"
    assert "response.completed" not in seen
    await until(lambda: is_over(run, "stopped"))


async def test_a_revoked_key_ends_its_streams_and_no_others(run):
    made = api("/api/keys", {"agent": "runaway"})
    asked = {"model": "sim/sim-slow-stream", "messages": ASK, "stream": True}
    other = openai.AsyncOpenAI(api_key=KEYS["runaway"], base_url=f"{URL}/v1")
    async with await other.chat.completions.create(**asked) as going_on:
        headers = {"x-reeve-run": run}
        client = openai.AsyncOpenAI(api_key=made["key"], base_url=f"{URL}/v1", default_headers=headers)
        revoked = False
        with pytest.raises(openai.APIError):
            async for _ in await client.chat.completions.create(**asked):
                if not revoked:
                    await asyncio.to_thread(api, f"/api/keys/{made['id']}", method="DELETE")
                    revoked = True
        assert await anext(aiter(going_on))
    await until(lambda: is_over(run, "stopped"))
    with pytest.raises(openai.AuthenticationError):
        await client.chat.completions.create(model="small", messages=ASK)


async def test_a_caller_who_leaves_ends_the_upstream_and_pays_for_what_came(run):
    aborted = upstream()["aborted"]
    client = openai.AsyncOpenAI(api_key=KEYS["runaway"], base_url=f"{URL}/v1", default_headers={"x-reeve-run": run})
    async with await client.chat.completions.create(
        model="sim/sim-slow-stream", messages=ASK, stream=True
    ) as stream:
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
    await until(lambda: is_over(run, "aborted"))
    await until(lambda: upstream()["aborted"] > aborted)
    assert float(actions_of(run)[0]["costUsd"]) > 0


def test_a_stopped_agent_goes_on_after_resume(stop):
    client = openai.OpenAI(api_key=KEYS["ended"], base_url=f"{URL}/v1")
    asked = {"model": "small", "messages": [{"role": "user", "content": "hello"}]}
    stop({"kind": "agent", "name": "ended"})
    with pytest.raises(openai.PermissionDeniedError) as caught:
        client.chat.completions.create(**asked)
    assert caught.value.code == "agent_suspended"
    api("/api/stops/lift", {"target": {"kind": "agent", "name": "ended"}})
    assert client.chat.completions.create(**asked).choices
