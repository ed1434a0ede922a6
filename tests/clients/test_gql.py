"""Python's gql: a query, a mutation and a subscription with a key, over HTTP and WebSocket."""

import asyncio
import os
import unittest
from typing import Any

from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportQueryError,
    TransportServerError,
)
from gql.transport.websockets import WebsocketsTransport

URL = f"{os.environ['DESKPULSE_URL']}/graphql"
SOCKET_URL = f"{URL.replace('http', 'ws', 1)}/ws"
AUTHORIZATION = f"Bearer {os.environ['DESKPULSE_KEY']}"
WRONG = f"Bearer dpk_{'A' * 43}"

QUERY = "query ($id: ID!) { session(id: $id) { id } metricCatalogue { id } }"
MUTATION = (
    "mutation ($event: TrackEventInput!)"
    " { trackEvent(input: $event, durability: STORED) { status } }"
)
SUBSCRIPTION = "subscription { realtimeOverview { activeSessions version } }"


def http(authorization: str) -> Client:
    transport = AIOHTTPTransport(url=URL, headers={"authorization": authorization})
    return Client(transport=transport)


def socket(authorization: str) -> Client:
    # Left to choose, gql looks for the protocol that was selected under `Sec-WebSocket-Protocol` in
    # just these letters, and takes another for granted where the name comes in small ones.
    transport = WebsocketsTransport(
        url=SOCKET_URL,
        init_payload={"Authorization": authorization},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    return Client(transport=transport)


def request(text: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(text, variable_values=variables or None)


def event(session: str) -> dict[str, str]:
    return {"name": "session.start", "product": "gql", "sessionId": session}


class Gql(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        # It would tell of each step that is slow on a busy machine.
        asyncio.get_running_loop().set_debug(False)

    async def test_a_query_and_a_mutation_over_http(self) -> None:
        async with http(AUTHORIZATION) as session:
            answer = await session.execute(request(QUERY, id="none"))
            self.assertIsNone(answer["session"])
            self.assertGreater(len(answer["metricCatalogue"]), 10)
            tracked = await session.execute(
                request(MUTATION, event=event(f"gql-http-{os.getpid()}"))
            )
            self.assertEqual(tracked, {"trackEvent": {"status": "ACCEPTED"}})

    async def test_a_query_a_mutation_and_a_subscription_over_a_socket(self) -> None:
        async with socket(AUTHORIZATION) as session:
            live = session.subscribe(request(SUBSCRIPTION))
            before = await asyncio.wait_for(anext(live), 10)
            answer = await session.execute(request(QUERY, id="none"))
            self.assertIsNone(answer["session"])
            tracked = await session.execute(
                request(MUTATION, event=event(f"gql-socket-{os.getpid()}"))
            )
            self.assertEqual(tracked, {"trackEvent": {"status": "ACCEPTED"}})
            after = await asyncio.wait_for(anext(live), 10)
            self.assertGreater(
                after["realtimeOverview"]["version"], before["realtimeOverview"]["version"]
            )
            await live.aclose()

    async def test_a_request_error_is_an_error_of_graphql(self) -> None:
        for client in (http(AUTHORIZATION), socket(AUTHORIZATION)):
            async with client as session:
                with self.assertRaises(TransportQueryError) as caught:
                    await session.execute(gql("{ nothing }"))
            errors = caught.exception.errors or []
            self.assertEqual(errors[0]["extensions"]["code"], "BAD_USER_INPUT")

    async def test_a_wrong_key_is_told(self) -> None:
        async with http(WRONG) as session:
            with self.assertRaises(TransportError) as caught:
                await session.execute(request(QUERY, id="none"))
        refused = caught.exception
        if isinstance(refused, TransportServerError):
            self.assertEqual(refused.code, 401)
        else:
            self.assertIn("UNAUTHENTICATED", str(refused))
        with self.assertRaises((TransportError, TransportConnectionFailed)) as closed:
            async with socket(WRONG):
                pass
        self.assertIn("4403", repr(closed.exception) + repr(closed.exception.__cause__))


if __name__ == "__main__":
    unittest.main()
