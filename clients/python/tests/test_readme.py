"""The README's programs run as they stand there."""

import asyncio
import re
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest
from service import Service, clean_environment

README = Path(__file__).parent.parent / "README.md"
PROJECT_README = README.parent.parent.parent / "README.md"


def program_of(readme: Path, imported: str) -> str:
    """Finds the program that has this import."""
    programs = re.findall(r"^```python\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE)
    (program,) = [program for program in programs if imported in program]
    return str(program)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def chat(url: str) -> None:
    """Calls the handler once the product listens."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.post(f"{url}/chat/s-4711") as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("readme", [README, PROJECT_README], ids=["client", "project"])
async def test_the_fastapi_product_sends_its_events(
    service: Service, tmp_path: Path, readme: Path
) -> None:
    (tmp_path / "app.py").write_text(program_of(readme, "from fastapi import FastAPI"))
    port = free_port()
    product = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)],
        cwd=tmp_path,
        env={**clean_environment(), "DESKPULSE_URL": service.url},
    )
    try:
        await chat(f"http://127.0.0.1:{port}")
    finally:
        product.send_signal(signal.SIGTERM)
        await asyncio.wait_for(product.wait(), 15)
    stored = await service.stored()
    assert sorted(event["name"] for event in stored) == ["message.ai", "session.start"]
    assert {event["sessionId"] for event in stored} == {"s-4711"}


async def test_the_script_sends_its_event(service: Service, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(program_of(README, 'init_tracker("nightly_import")'))
    ran = await asyncio.create_subprocess_exec(
        sys.executable,
        script,
        env={**clean_environment(), "DESKPULSE_URL": service.url},
    )
    assert await asyncio.wait_for(ran.wait(), 15) == 0
    (stored,) = await service.stored()
    assert (stored["name"], stored["data"]) == ("import.done", {"rows": 1_200})
