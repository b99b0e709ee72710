import anthropic
import openai
from conftest import KEYS, PROMPT, URL, act, actions_of, api, cli


def test_a_run_across_sdks_shows_every_action_with_its_tags(run, tags):
    ask = [{"role": "user", "content": PROMPT}]
    key = KEYS["helper"]
    openai.OpenAI(api_key=key, base_url=f"{URL}/v1", default_headers=tags).chat.completions.create(
        model="small", messages=ask
    )
    anthropic.Anthropic(api_key=key, base_url=f"{URL}/anthropic", default_headers=tags).messages.create(
        model="claude", max_tokens=16, messages=ask
    )
    act(key, "orders.search", {"customer": "noor"}, tags)
    act(key, "orders.refund", {"order": "order-1"}, tags)

    actions = actions_of(run)
    assert [(action["target"], action["outcome"]) for action in actions] == [
        ("small", "succeeded"),
        ("claude", "succeeded"),
        ("orders.search", "succeeded"),
        ("orders.refund", "denied"),
    ]
    assert {(action["feature"], action["user"]) for action in actions} == {("python", "noor")}

    shown = cli("runs", "show", run)
    assert "4 actions, 1 refused" in shown
    assert all(action["id"] in shown for action in actions)
    assert "DENY" in shown

    by_user = {row["key"]: row["calls"] for row in api("/api/costs?by=user")["items"]}
    assert by_user["noor"] >= 3


def test_sub_agents_nest_below_their_parent(run, tags):
    act(KEYS["helper"], "orders.search", {"customer": "noor"}, tags)
    parent = api(f"/api/runs/{run}")["id"]
    child = {"x-reeve-run": f"{run}-child", "x-reeve-parent-run": parent}
    openai.OpenAI(api_key=KEYS["runaway"], base_url=f"{URL}/v1", default_headers=child).chat.completions.create(
        model="small", messages=[{"role": "user", "content": PROMPT}]
    )
    (below,) = api(f"/api/runs/{run}")["children"]
    assert (below["agent"], below["actions"]) == ("runaway", 1)
