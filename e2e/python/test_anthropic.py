import anthropic
import pytest
from conftest import KEYS, PROMPT, SAID, SECRET, TOOL_PROMPT, URL, actions_of, api, upstream

ASK = {"model": "claude", "max_tokens": 64, "messages": [{"role": "user", "content": PROMPT}]}
WEATHER = {"name": "weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


def client(agent="helper", headers=None, key=None):
    return anthropic.Anthropic(api_key=key or KEYS[agent], base_url=f"{URL}/anthropic", default_headers=headers)


def client_async(agent="helper", headers=None):
    return anthropic.AsyncAnthropic(api_key=KEYS[agent], base_url=f"{URL}/anthropic", default_headers=headers)


def test_asks_and_is_told_action_decision_and_cost(tags, run):
    raw = client(headers=tags).messages.with_raw_response.create(**ASK)
    message = raw.parse()
    assert message.content[0].text == SAID
    assert message.usage.output_tokens == 3
    assert raw.headers["x-reeve-run"] == run
    assert raw.headers["x-reeve-decision"] == "allow"
    assert float(raw.headers["x-reeve-cost-usd"]) > 0


def test_upstream_sees_its_own_credential_and_none_of_ours(tags):
    client(headers=tags).messages.create(**ASK)
    headers = upstream()["headers"]
    assert headers["x-api-key"] == "upstream-key-that-no-agent-knows"
    assert "authorization" not in headers
    assert not [name for name in headers if name.startswith("x-reeve")]


async def test_asks_asynchronously():
    async with client_async() as asking:
        assert (await asking.messages.create(**ASK)).content[0].text == SAID


def test_streams():
    with client().messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == SAID
        assert stream.get_final_message().usage.output_tokens == 3


async def test_streams_asynchronously():
    async with client_async() as asking, asking.messages.stream(**ASK) as stream:
        assert "".join([text async for text in stream.text_stream]) == SAID


def test_calls_a_tool_and_goes_on_with_its_result(run, tags):
    asking = client(headers=tags)
    messages = [{"role": "user", "content": TOOL_PROMPT}]
    first = asking.messages.create(**{**ASK, "messages": messages}, tools=[WEATHER])
    assert first.stop_reason == "tool_use"
    call = first.content[0]
    assert (call.name, call.input) == ("weather", {"city": "Oslo"})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": 'say "it rains"'}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = asking.messages.create(**{**ASK, "messages": messages}, tools=[WEATHER])
    assert second.content[0].text == "it rains"
    assert len(actions_of(run)) == 2


def test_streams_a_tool_call():
    asked = {**ASK, "messages": [{"role": "user", "content": TOOL_PROMPT}]}
    with client().messages.stream(**asked, tools=[WEATHER]) as stream:
        assert stream.get_final_message().content[0].input == {"city": "Oslo"}


def test_counts_tokens():
    count = client().messages.count_tokens(model="claude", messages=ASK["messages"])
    assert count.input_tokens > 0


def test_an_error_in_a_stream_raises():
    asked = {**ASK, "model": "anthropic/sim-error-stream"}
    with pytest.raises(anthropic.APIError), client().messages.stream(**asked) as stream:
        list(stream)


REFUSALS = [
    ("clerk", PROMPT, anthropic.NotFoundError, "unknown_model", "/v1/models"),
    ("tagged", PROMPT, anthropic.PermissionDeniedError, "missing_tag", "x-reeve-feature"),
    ("guarded", f"the key is {SECRET}", anthropic.PermissionDeniedError, "guardrail_blocked", "secret"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("agent", "prompt", "error", "code", "teaches"), REFUSALS)
def test_a_refusal_is_the_sdks_own_error_and_is_not_repeated(run, agent, prompt, error, code, teaches, stream):
    before = upstream()["models"]
    asked = {**ASK, "messages": [{"role": "user", "content": prompt}], "stream": stream}
    with pytest.raises(error) as caught:
        client(agent, {"x-reeve-run": run}).messages.create(**asked)
    assert caught.value.body["error"]["details"]["error_code"] == code
    assert teaches in caught.value.body["error"]["message"]
    assert caught.value.request_id.startswith("act_")
    assert upstream()["models"] == before
    assert [action["code"] for action in actions_of(run)] == [code]


async def test_a_used_up_budget_is_refused_once(run, exhausted):
    before = upstream()["models"]
    headers = {"x-reeve-run": run}
    asking = anthropic.AsyncAnthropic(api_key=exhausted, base_url=f"{URL}/anthropic", default_headers=headers)
    with pytest.raises(anthropic.PermissionDeniedError) as caught:
        await asking.messages.create(**ASK)
    assert caught.value.body["error"]["type"] == "billing_error"
    assert caught.value.body["error"]["details"]["error_code"] == "budget_exceeded"
    assert upstream()["models"] == before
    assert [action["outcome"] for action in actions_of(run)] == ["over_budget"]


def test_an_unknown_key_is_refused_once_and_seen():
    agent_name = "py-anthropic-stranger"
    before = upstream()["models"]
    with pytest.raises(anthropic.AuthenticationError) as caught:
        client(key="sk-nobody-anthropic", headers={"User-Agent": agent_name}).messages.create(**ASK)
    assert caught.value.body["error"]["type"] == "authentication_error"
    assert "reeve keys create" in caught.value.message
    assert upstream()["models"] == before
    seen = [shadow for shadow in api("/api/shadow-agents")["items"] if shadow["userAgent"] == agent_name]
    assert [shadow["count"] for shadow in seen] == [1]
