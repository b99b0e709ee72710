import openai
import pytest
from conftest import KEYS, URL, act, actions_of, upstream
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition


def agent_of(name, headers, **options):
    """A LangGraph loop of model and tools, of which Reeve sees every step."""

    @tool
    def search_orders(customer: str) -> str:
        """The orders of a customer."""
        reply = act(KEYS[name], "orders.search", {"customer": customer}, headers)
        return f"{reply.get('result', reply.get('error'))}"

    @tool
    def refund_order(order: str) -> str:
        """Pays an order back."""
        reply = act(KEYS[name], "orders.refund", {"order": order}, headers)
        return f"{reply.get('result', reply.get('error'))}"

    tools = [search_orders, refund_order]
    model = ChatOpenAI(
        model="small", base_url=f"{URL}/v1", api_key=KEYS[name], default_headers=headers, **options
    ).bind_tools(tools)
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_node("tools", ToolNode(tools))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition)
    graph.add_edge("tools", "model")
    return graph.compile()


@pytest.mark.parametrize("options", [{}, {"use_responses_api": True}, {"streaming": True}], ids=str)
def test_a_loop_with_a_tool_is_one_run(run, tags, options):
    ask = HumanMessage('call tool search_orders with {"customer":"noor"}')
    answer = agent_of("helper", tags, **options).invoke({"messages": [ask]})["messages"]
    assert [message.type for message in answer] == ["human", "ai", "tool", "ai"]
    assert "order-1" in answer[2].content
    assert isinstance(answer[-1], AIMessage)
    assert "order-1" in answer[-1].text
    recorded = [(action["kind"], action["target"], action["outcome"]) for action in actions_of(run)]
    assert recorded == [
        ("model.generate", "small", "succeeded"),
        ("tool.call", "orders.search", "succeeded"),
        ("model.generate", "small", "succeeded"),
    ]


def test_a_refused_tool_reaches_the_model_as_a_reason(run, tags):
    before = upstream()["orders"]
    ask = HumanMessage('call tool refund_order with {"order":"order-1"}')
    answer = agent_of("helper", tags).invoke({"messages": [ask]})["messages"]
    assert "policy_denied" in answer[2].content
    assert upstream()["orders"] == before
    assert [action["outcome"] for action in actions_of(run)] == ["succeeded", "denied", "succeeded"]


def test_a_refused_model_call_ends_the_loop(run):
    with pytest.raises(openai.PermissionDeniedError) as caught:
        agent_of("tagged", {"x-reeve-run": run}).invoke({"messages": [HumanMessage("hello")]})
    assert caught.value.code == "missing_tag"
    assert len(actions_of(run)) == 1


async def test_streams_tokens_through_the_graph(tags):
    graph = agent_of("helper", tags, streaming=True)
    ask = {"messages": [HumanMessage('say "one two three"')]}
    pieces = [chunk.text async for chunk, _ in graph.astream(ask, stream_mode="messages")]
    assert "".join(pieces) == "one two three"
