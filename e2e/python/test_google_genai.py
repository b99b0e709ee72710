import pytest
from conftest import KEYS, PROMPT, SAID, SECRET, TOOL_PROMPT, URL, actions_of, api, upstream
from google import genai
from google.genai import errors, types


# A client that nobody holds closes itself, also in the middle of a stream.
OPEN = []


def client(agent="helper", headers=None, key=None):
    options = types.HttpOptions(base_url=f"{URL}/gemini", headers=headers)
    made = genai.Client(api_key=key or KEYS[agent], http_options=options)
    OPEN.append(made)
    return made


def test_asks_and_reads_usage(tags, run):
    reply = client(headers=tags).models.generate_content(model="gemini", contents=PROMPT)
    assert reply.text == SAID
    assert reply.usage_metadata.candidates_token_count == 3
    (action,) = actions_of(run)
    assert (action["target"], action["outputTokens"]) == ("gemini", 3)
    assert float(action["costUsd"]) > 0


def test_upstream_sees_its_own_credential_and_none_of_ours(tags):
    client(headers=tags).models.generate_content(model="gemini", contents=PROMPT)
    headers = upstream()["headers"]
    assert headers["x-goog-api-key"] == "upstream-key-that-no-agent-knows"
    assert not [name for name in headers if name.startswith("x-reeve")]


async def test_asks_asynchronously():
    reply = await client().aio.models.generate_content(model="gemini", contents=PROMPT)
    assert reply.text == SAID


def test_streams():
    stream = client().models.generate_content_stream(model="gemini", contents=PROMPT)
    assert "".join(chunk.text or "" for chunk in stream) == SAID


async def test_streams_asynchronously():
    stream = await client().aio.models.generate_content_stream(model="gemini", contents=PROMPT)
    assert "".join([chunk.text or "" async for chunk in stream]) == SAID


def test_calls_a_tool_and_goes_on_with_its_result(run, tags):
    def weather(city: str) -> str:
        """The weather of a city."""
        return f'say "it rains in {city}"'

    config = types.GenerateContentConfig(tools=[weather])
    reply = client(headers=tags).models.generate_content(model="gemini", contents=TOOL_PROMPT, config=config)
    assert reply.text is not None
    assert len(actions_of(run)) == 2


def test_embeds_and_counts_tokens():
    asking = client()
    assert asking.models.count_tokens(model="gemini", contents=PROMPT).total_tokens > 0
    assert asking.models.embed_content(model="gemini", contents="x").embeddings[0].values == [0.1, 0.2, 0.3]


REFUSALS = [
    ("clerk", PROMPT, 404, "unknown_model", "/v1/models"),
    ("tagged", PROMPT, 403, "missing_tag", "x-reeve-feature"),
    ("guarded", f"the key is {SECRET}", 403, "guardrail_blocked", "secret"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("agent", "prompt", "status", "code", "teaches"), REFUSALS)
def test_a_refusal_is_the_sdks_own_error_and_is_not_repeated(run, agent, prompt, status, code, teaches, stream):
    before = upstream()["models"]
    asking = client(agent, {"x-reeve-run": run}).models
    with pytest.raises(errors.ClientError) as caught:
        if stream:
            list(asking.generate_content_stream(model="gemini", contents=prompt))
        else:
            asking.generate_content(model="gemini", contents=prompt)
    assert caught.value.code == status
    assert caught.value.details["error"]["details"][0]["reason"] == code
    assert teaches in caught.value.message
    assert upstream()["models"] == before
    assert [action["code"] for action in actions_of(run)] == [code]


async def test_a_used_up_budget_is_refused_once(run, exhausted):
    before = upstream()["models"]
    asking = client(headers={"x-reeve-run": run}, key=exhausted)
    with pytest.raises(errors.ClientError) as caught:
        await asking.aio.models.generate_content(model="gemini", contents=PROMPT)
    assert (caught.value.code, caught.value.status) == (403, "PERMISSION_DENIED")
    assert caught.value.details["error"]["details"][0]["reason"] == "budget_exceeded"
    assert upstream()["models"] == before
    assert [action["outcome"] for action in actions_of(run)] == ["over_budget"]


def test_an_unknown_key_is_refused_once_and_seen():
    agent_name = "py-genai-stranger"
    before = upstream()["models"]
    with pytest.raises(errors.ClientError) as caught:
        asking = client(key="nobody-genai", headers={"User-Agent": agent_name})
        asking.models.generate_content(model="gemini", contents=PROMPT)
    assert (caught.value.code, caught.value.status) == (401, "UNAUTHENTICATED")
    assert "reeve keys create" in caught.value.message
    assert upstream()["models"] == before
    seen = [shadow for shadow in api("/api/shadow-agents")["items"] if agent_name in shadow["userAgent"]]
    assert [shadow["count"] for shadow in seen] == [1]
