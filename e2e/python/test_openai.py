import openai
import pytest
from conftest import KEYS, PROMPT, SAID, SECRET, TOOL_PROMPT, URL, actions_of, api, upstream

ASK = [{"role": "user", "content": PROMPT}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def client(agent="helper", headers=None, key=None):
    return openai.OpenAI(api_key=key or KEYS[agent], base_url=f"{URL}/v1", default_headers=headers)


def client_async(agent="helper", headers=None):
    return openai.AsyncOpenAI(api_key=KEYS[agent], base_url=f"{URL}/v1", default_headers=headers)


def test_chats_and_is_told_action_decision_and_cost(tags, run):
    raw = client(headers=tags).chat.completions.with_raw_response.create(model="small", messages=ASK)
    assert raw.parse().choices[0].message.content == SAID
    assert raw.headers["x-reeve-run"] == run
    assert raw.headers["x-reeve-action"].startswith("act_")
    assert raw.headers["x-reeve-decision"] == "allow"
    assert float(raw.headers["x-reeve-cost-usd"]) > 0


def test_upstream_sees_its_own_credential_and_none_of_ours(tags):
    client(headers=tags).chat.completions.create(model="small", messages=ASK)
    headers = upstream()["headers"]
    assert headers["authorization"] == "Bearer upstream-key-that-no-agent-knows"
    assert not [name for name in headers if name.startswith("x-reeve")]


async def test_chats_asynchronously():
    async with client_async() as asking:
        reply = await asking.chat.completions.create(model="small", messages=ASK)
    assert reply.choices[0].message.content == SAID
    assert reply.usage.completion_tokens == 3


def test_streams():
    stream = client().chat.completions.create(model="small", messages=ASK, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices) == SAID


async def test_streams_asynchronously_with_usage():
    options = {"stream": True, "stream_options": {"include_usage": True}}
    async with client_async() as asking:
        stream = await asking.chat.completions.create(model="small", messages=ASK, **options)
        chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == SAID
    assert chunks[-1].usage.completion_tokens == 3


def test_calls_a_tool_and_goes_on_with_its_result(run, tags):
    asking = client(headers=tags)
    messages = [{"role": "user", "content": TOOL_PROMPT}]
    first = asking.chat.completions.create(model="small", messages=messages, tools=[WEATHER]).choices[0]
    assert first.finish_reason == "tool_calls"
    call = first.message.tool_calls[0]
    assert (call.function.name, call.function.arguments) == ("weather", '{"city":"Oslo"}')
    messages += [first.message, {"role": "tool", "tool_call_id": call.id, "content": 'say "it rains"'}]
    second = asking.chat.completions.create(model="small", messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "it rains"
    assert len(actions_of(run)) == 2


def test_streams_a_tool_call():
    asked = {"model": "small", "messages": [{"role": "user", "content": TOOL_PROMPT}], "tools": [WEATHER]}
    with client().chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.tool_calls[0].function.arguments == '{"city":"Oslo"}'


def test_uses_the_responses_api():
    asking = client()
    assert asking.responses.create(model="small", input=PROMPT).output_text == SAID
    with asking.responses.stream(model="small", input=PROMPT) as stream:
        assert stream.get_final_response().output_text == SAID


def test_embeds_and_lists_models():
    asking = client()
    assert len(asking.embeddings.create(model="sim/embed", input="x").data[0].embedding) == 3
    assert {"small"} <= {model.id for model in asking.models.list()}


def test_a_cut_stream_raises():
    stream = client().chat.completions.create(model="sim/sim-cut-stream", messages=ASK, stream=True)
    with pytest.raises(openai.APIError):
        list(stream)


def test_a_failing_upstream_is_a_server_error_told_by_itself(run, tags):
    with pytest.raises(openai.InternalServerError) as caught:
        asking = client(headers=tags).with_options(max_retries=0)
        asking.chat.completions.create(model="sim/sim-error-500", messages=ASK)
    assert (caught.value.status_code, "simulated 500" in caught.value.message) == (500, True)
    assert [action["outcome"] for action in actions_of(run)] == ["upstream_failed"]


REFUSALS = [
    ("clerk", "claude", PROMPT, openai.NotFoundError, "unknown_model", "/v1/models"),
    ("tagged", "small", PROMPT, openai.PermissionDeniedError, "missing_tag", "x-reeve-feature"),
    ("guarded", "small", f"the key is {SECRET}", openai.PermissionDeniedError, "guardrail_blocked", "secret"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("agent", "model", "prompt", "error", "code", "teaches"), REFUSALS)
def test_a_refusal_is_the_sdks_own_error_and_is_not_repeated(run, agent, model, prompt, error, code, teaches, stream):
    before = upstream()["models"]
    asking = client(agent, {"x-reeve-run": run})
    with pytest.raises(error) as caught:
        asking.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}], stream=stream)
    assert caught.value.code == code
    assert teaches in caught.value.message
    assert "act_" in caught.value.message
    assert upstream()["models"] == before
    assert [action["code"] for action in actions_of(run)] == [code]


async def test_a_used_up_budget_is_refused_once(run, exhausted):
    before = upstream()["models"]
    asking = openai.AsyncOpenAI(api_key=exhausted, base_url=f"{URL}/v1", default_headers={"x-reeve-run": run})
    with pytest.raises(openai.PermissionDeniedError) as caught:
        await asking.chat.completions.create(model="small", messages=ASK)
    assert caught.value.code == "budget_exceeded"
    assert "25" in caught.value.message
    assert upstream()["models"] == before
    assert [action["outcome"] for action in actions_of(run)] == ["over_budget"]


def test_a_shape_that_nobody_expects_is_checked_all_the_same(run):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        asking = client("guarded", {"x-reeve-run": run})
        asking.chat.completions.create(model="small", messages=f"not a list, but {SECRET}")
    assert caught.value.code == "guardrail_blocked"


def test_a_bad_header_is_a_bad_request():
    before = upstream()["models"]
    with pytest.raises(openai.BadRequestError) as caught:
        client(headers={"x-reeve-run": "no spaces, please"}).chat.completions.create(model="small", messages=ASK)
    assert "x-reeve-run must be" in caught.value.message
    assert upstream()["models"] == before


def test_an_unknown_key_is_refused_once_and_seen():
    agent_name = "py-openai-stranger"
    asking = client(key="sk-nobody-openai", headers={"User-Agent": agent_name})
    before = upstream()["models"]
    with pytest.raises(openai.AuthenticationError) as caught:
        asking.chat.completions.create(model="small", messages=ASK)
    assert caught.value.code == "unauthenticated"
    assert "reeve keys create" in caught.value.message
    assert upstream()["models"] == before
    seen = [shadow for shadow in api("/api/shadow-agents")["items"] if shadow["userAgent"] == agent_name]
    assert [shadow["count"] for shadow in seen] == [1]
