import asyncio
from collections import Counter
from decimal import Decimal

import httpx2
import openai
from conftest import KEYS, PROMPT, SAID, URL, api, upstream

CALLERS = 200
# Once some have paid less than they reserved, a few at a time use up the rest.
FOLLOWERS = 10


def budget_of(agent):
    (budget,) = [row for row in api(f"/api/budgets?agent={agent}")["items"] if agent in row["scope"]]
    return budget


async def ask(client):
    try:
        reply = await client.chat.completions.create(
            model="small", messages=[{"role": "user", "content": PROMPT}], max_tokens=16
        )
        assert reply.choices[0].message.content == SAID
        return "succeeded"
    except openai.PermissionDeniedError as error:
        return error.code


async def test_a_cap_on_calls_is_exact():
    before = upstream()["models"]
    spent = int(budget_of("counted")["spent"])
    async with openai.AsyncOpenAI(api_key=KEYS["counted"], base_url=f"{URL}/v1") as client:
        ends = await asyncio.gather(*(ask(client) for _ in range(CALLERS)))
    assert ends.count("succeeded") == 25 - spent
    assert ends.count("budget_exceeded") == CALLERS - ends.count("succeeded")
    assert upstream()["models"] - before == ends.count("succeeded")
    assert (budget_of("counted")["spent"], budget_of("counted")["reserved"]) == ("25", "0")


async def test_a_cap_on_money_is_never_passed_and_is_used_up():
    before = upstream()["models"]
    succeeded = 0
    callers = CALLERS
    async with openai.AsyncOpenAI(api_key=KEYS["capped"], base_url=f"{URL}/v1") as client:
        while True:
            ends = await asyncio.gather(*(ask(client) for _ in range(callers)))
            callers = FOLLOWERS
            budget = budget_of("capped")
            assert Decimal(budget["spent"]) <= Decimal("0.002")
            assert (Decimal(budget["reserved"]), Decimal(budget["overrun"])) == (0, 0)
            assert set(ends) <= {"succeeded", "budget_exceeded"}
            succeeded += ends.count("succeeded")
            if ends.count("succeeded") == 0:
                break
    assert succeeded > 0
    assert upstream()["models"] - before == succeeded
    (cost,) = [row for row in api("/api/costs?by=agent")["items"] if row["key"] == "capped"]
    assert Decimal(cost["costUsd"]) == Decimal(budget["spent"])


async def test_a_price_per_tool_call_is_exact():
    before = upstream()["orders"]

    async def search(client):
        body = {"tool": "orders.search", "args": {"customer": "noor"}}
        reply = await client.post(f"{URL}/actions", json=body)
        return (reply.status_code, reply.json().get("error", {}).get("code"))

    headers = {"authorization": f"Bearer {KEYS['buyer']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
        ends = await asyncio.gather(*(search(client) for _ in range(CALLERS)))
    assert Counter(ends) == {(200, None): 25, (403, "budget_exceeded"): CALLERS - 25}
    assert upstream()["orders"] - before == 25
    assert Decimal(budget_of("buyer")["spent"]) == Decimal("0.25")
